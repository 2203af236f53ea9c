package dev.chrysalis.cli;

import picocli.CommandLine.Command;

/// Evaluations; each is a command of its own.
@Command(
    name = "eval",
    description = "Measure a model.",
    subcommands = {EvalShapesCommand.class})
final class EvalCommand {}
