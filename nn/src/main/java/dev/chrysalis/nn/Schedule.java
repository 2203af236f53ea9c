package dev.chrysalis.nn;

/// The factor on the learning rate at a step, counted from 0.
@FunctionalInterface
public interface Schedule {
  /// What the learning rate is multiplied with at `step`.
  double factor(int step);

  /// Always 1.
  static Schedule constant() {
    return step -> 1;
  }

  /// `s < w: s/w`, then `max(0, (1 + cos(π·(s−w)/(n−w))) / 2)`; past `n` it rises again, as the
  /// formula says.
  static Schedule cosine(int warmup, int total) {
    return step ->
        step < warmup
            ? (double) step / Math.max(1, warmup)
            : Math.max(0, (1 + Math.cos(Math.PI * progress(step, warmup, total))) / 2);
  }

  /// `s < w: s/w`, then `max(0, (n−s)/(n−w))`.
  static Schedule linear(int warmup, int total) {
    return step ->
        step < warmup
            ? (double) step / Math.max(1, warmup)
            : Math.max(0, 1 - progress(step, warmup, total));
  }

  /// `s < w: ln(s+1)/ln(w+1)`, then linear to 0 at `n`; the diffusion decoder's schedule.
  static Schedule logWarmup(int warmup, int total) {
    return step ->
        step < warmup
            ? Math.log(step + 1.0) / Math.log(warmup + 1.0)
            : Math.max(0, 1 - progress(step, warmup, total));
  }

  /// `s < w: s/w`, then 1, and from step `d` on linearly to 0 at `n`: what is learnt late keeps the
  /// full rate, whenever it comes (warmup-stable-decay, Hu et al. 2024, arXiv:2404.06395).
  static Schedule stable(int warmup, int decayFrom, int total) {
    return step ->
        step < warmup
            ? (double) step / Math.max(1, warmup)
            : Math.clamp(1 - progress(step, decayFrom, total), 0, 1);
  }

  private static double progress(int step, int warmup, int total) {
    return (double) (step - warmup) / Math.max(1, total - warmup);
  }
}
