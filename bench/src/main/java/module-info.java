/// Measurements of kernels and of training, for the command line and, in `dev.chrysalis.bench.jmh`,
/// for JMH.
module dev.chrysalis.bench {
  requires transitive dev.chrysalis.zoo;
  requires jdk.management;
  requires jmh.core;

  exports dev.chrysalis.bench;
}
