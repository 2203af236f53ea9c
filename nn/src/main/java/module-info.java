/// Layers, initialisers, losses, optimisers and learning-rate schedules.
module dev.chrysalis.nn {
  requires transitive dev.chrysalis.autograd;

  exports dev.chrysalis.nn;
}
