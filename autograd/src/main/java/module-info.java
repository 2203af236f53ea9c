/// Reverse-mode differentiation as a layer over the operations of `dev.chrysalis.tensor`.
module dev.chrysalis.autograd {
  requires transitive dev.chrysalis.tensor;

  exports dev.chrysalis.autograd;
}
