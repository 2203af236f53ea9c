package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The generator against the known answers that its authors publish with it (`kat_vectors` of
/// Random123, philox4x32 with 10 rounds).
class PhiloxTest {

  private static int[] block(long seed, long stream, long block) {
    int[] words = new int[Philox.BLOCK];
    Philox.block(seed, stream, block, words);
    return words;
  }

  @Test
  void zeros() {
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
  }

  @Test
  void ones() {
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
  }

  @Test
  void digitsOfPi() {
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L));
  }

  @Test
  void runsAreTheSameNumbersAsSingles() {
    double[] uniforms = new double[11];
    double[] normals = new double[11];
    Philox.uniforms(5, 6, 8, uniforms, uniforms.length);
    Philox.normals(5, 6, 8, normals, normals.length);
    for (int i = 0; i < uniforms.length; i++) {
      assertEquals(Philox.uniform(5, 6, 8 + i), uniforms[i]);
      assertEquals(Philox.normal(5, 6, 8 + i), normals[i]);
    }
    assertEquals(11, Arrays.stream(normals).distinct().count());
  }
}
