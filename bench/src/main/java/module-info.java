/// JMH benchmarks of the kernels and models.
module dev.chrysalis.bench {
  requires transitive dev.chrysalis.zoo;
  requires jmh.core;
}
