package dev.chrysalis.cli;

import picocli.CommandLine.Command;

/// Measurements; each is a command of its own.
@Command(
    name = "bench",
    description = "Measure how fast this machine computes.",
    subcommands = {
      BenchGemmCommand.class, //
      BenchConvCommand.class,
      BenchAttentionCommand.class,
      BenchLlmCommand.class, //
      BenchVisionCommand.class, //
      BenchDrawCommand.class, //
      BenchRowsCommand.class, //
      BenchTrainCommand.class, //
      BenchCompareCommand.class
    })
final class BenchCommand {}
