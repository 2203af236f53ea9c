package dev.chrysalis.models.diffusion;

/// How the variances `β_t` of the added noise grow with `t`.
public enum BetaSchedule {
  /// `β_t = start + t/(T−1)·(end − start)`. Ho et al. 2020, arXiv:2006.11239.
  LINEAR("linear"),
  /// `β_t = (√start + t/(T−1)·(√end − √start))²`, as in Stable Diffusion.
  SCALED_LINEAR("scaled_linear"),
  /// `ᾱ` follows `cos²((t/T + 0.008)/1.008·π/2)`, `β_t ≤ 0.999`. Nichol & Dhariwal 2021,
  /// arXiv:2102.09672, eq. 17.
  SQUAREDCOS_CAP_V2("squaredcos_cap_v2");

  private static final double MAX_BETA = 0.999;
  private static final double SHIFT = 0.008;

  private final String configName;

  BetaSchedule(String configName) {
    this.configName = configName;
  }

  /// The name in configs.
  public String configName() {
    return configName;
  }

  double beta(int t, int steps, double start, double end) {
    double at = steps == 1 ? 0 : t / (steps - 1.0);
    return switch (this) {
      case LINEAR -> start + at * (end - start);
      case SCALED_LINEAR -> {
        double root = Math.sqrt(start) + at * (Math.sqrt(end) - Math.sqrt(start));
        yield root * root;
      }
      case SQUAREDCOS_CAP_V2 ->
          Math.min(1 - cosine((t + 1.0) / steps) / cosine((double) t / steps), MAX_BETA);
    };
  }

  private static double cosine(double at) {
    double root = Math.cos((at + SHIFT) / (1 + SHIFT) * Math.PI / 2);
    return root * root;
  }
}
