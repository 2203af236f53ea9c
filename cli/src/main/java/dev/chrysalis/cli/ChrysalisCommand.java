package dev.chrysalis.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// A command: `call` does the work and returns the exit status, 0 or 1.
///
/// It throws what the layers below throw; `Failures` makes one line of it. To add a command, write
/// a class and name it in `Main`. Its fields must not need the model's classes, which `--help` does
/// not load.
abstract class ChrysalisCommand implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;

  @Spec private CommandSpec spec;

  /// Where the command speaks.
  final Console console() {
    return Console.of(spec);
  }
}
