package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.KernelId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.tukaani.xz.XZInputStream;

/// The kernels as PTX, one text for each build of a file, compiled ahead by `build-kernels.sh`.
final class PtxImages {
  private static final String PACKED = "kernels.zip.xz";

  /// Unpacked once, when first needed.
  private static final class Unpacked {
    static final Map<String, String> TEXTS = unpack();

    private Unpacked() {}
  }

  private PtxImages() {}

  /// The PTX that holds a kernel.
  static String text(KernelId kernel) {
    String name = name(kernel);
    String text = Unpacked.TEXTS.get(name);
    if (text == null) {
      throw new BackendException("cuda: %s was not compiled ahead: no %s".formatted(kernel, name));
    }
    return text;
  }

  /// What the PTX of a kernel says of itself: the rest of the line of a directive.
  static String directive(KernelId kernel, String directive) {
    return text(kernel)
        .lines()
        .filter(line -> line.startsWith(directive))
        .findFirst()
        .map(line -> line.substring(directive.length()).strip())
        .orElse("of no " + directive);
  }

  /// `products-T_F32-W_F16.ptx`
  static String name(KernelId kernel) {
    String file = kernel.file().substring(0, kernel.file().lastIndexOf('.'));
    String build = kernel.defines().isEmpty() ? "" : "-" + kernel.defines().replace(' ', '-');
    return file + build + ".ptx";
  }

  /// All that was packed, by name: the texts and `sources.sha256`.
  static Map<String, String> all() {
    return Unpacked.TEXTS;
  }

  private static Map<String, String> unpack() {
    Map<String, String> texts = new HashMap<>();
    try (InputStream in = PtxImages.class.getResourceAsStream(PACKED);
        ZipInputStream zip = new ZipInputStream(new XZInputStream(in))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (!entry.isDirectory()) {
          String name = entry.getName().replaceFirst("^\\./", "");
          texts.put(name, new String(zip.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(PACKED + ": cannot be unpacked", e);
    }
    return texts;
  }
}
