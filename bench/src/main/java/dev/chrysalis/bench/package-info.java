/// Measurements that a user can repeat: `Timing` first, then `GemmBench`, `RowKernelBench` and
/// `TrainBench`, whose results are `BenchRow`s. Every one checks what it computes before it times
/// it. `Comparison` takes them on several backends and by other libraries (`Peer`), under the
/// limits of the machine (`Roofs`). Benchmarks for JMH lie in `jmh`.
package dev.chrysalis.bench;
