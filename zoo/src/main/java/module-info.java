/// MetaMorph: its composition, the shapes world, training recipes, evaluation, parity runs and the
/// shipped weights.
module dev.chrysalis.zoo {
  exports dev.chrysalis.zoo.eval;
  exports dev.chrysalis.zoo.metamorph;
  exports dev.chrysalis.zoo.parity;
  exports dev.chrysalis.zoo.preset;
  exports dev.chrysalis.zoo.shapes;
  exports dev.chrysalis.zoo.storage;
  exports dev.chrysalis.zoo.train;

  requires transitive dev.chrysalis.models;
}
