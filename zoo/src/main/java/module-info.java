/// MetaMorph: its composition, the shapes world, training recipes, evaluation, parity runs and the
/// shipped weights.
module dev.chrysalis.zoo {
  requires transitive dev.chrysalis.models;
}
