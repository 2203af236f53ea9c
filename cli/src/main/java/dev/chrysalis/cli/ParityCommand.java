package dev.chrysalis.cli;

import dev.chrysalis.tensor.Backends;
import dev.chrysalis.zoo.parity.ParityCase;
import dev.chrysalis.zoo.parity.ParityReport;
import dev.chrysalis.zoo.parity.ParityRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs folders of expected values and says of every case whether it is met.
@Command(
    name = "parity",
    description = "Hold the program against folders of expected values, case by case.")
final class ParityCommand extends ChrysalisCommand {
  @Parameters(paramLabel = "DIR", arity = "1..*", description = "Fixture sets, or folders of them.")
  private List<Path> folders;

  @Mixin private BackendOptions backend;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new CommandException(
            folder + (Files.exists(folder) ? ": is a file, need a folder" : ": no such folder"));
      }
    }
    return backend.run(this::runAll);
  }

  private int runAll() {
    Console console = console();
    List<ParityCase> all = new ArrayList<>();
    String name = Backends.current().name();
    try (Progress progress = Progress.start(console, "parity", folders.size())) {
      for (Path folder : folders) {
        progress.remark(folder.toString());
        List<ParityCase> cases = ParityRunner.run(folder);
        all.addAll(cases);
        if (!json) {
          new ParityReport(name, cases)
              .lines()
              .forEach(line -> progress.line(Console.oneLine(line)));
        }
        progress.step();
      }
    }
    ParityReport report = new ParityReport(name, all);
    if (json) {
      console.json(report.toJson());
    } else {
      console.line(report.summary());
    }
    return report.failed() == 0 ? DONE : FAILED;
  }
}
