package dev.chrysalis.cli;

import picocli.CommandLine.Command;

/// Trainings; each is a command of its own.
@Command(
    name = "train",
    description = "Train a model from nothing.",
    subcommands = {TrainShapesCommand.class})
final class TrainCommand {}
