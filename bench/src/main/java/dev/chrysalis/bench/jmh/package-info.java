/// Benchmarks for JMH, for claims about speed: several forks, fixed heap. Run them as the README
/// says.
package dev.chrysalis.bench.jmh;
