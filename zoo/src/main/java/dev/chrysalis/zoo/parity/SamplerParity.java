package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.diffusion.BetaSchedule;
import dev.chrysalis.models.diffusion.Ddim;
import dev.chrysalis.models.diffusion.Ddpm;
import dev.chrysalis.models.diffusion.DpmSolverMultistep;
import dev.chrysalis.models.diffusion.GuidedUNet;
import dev.chrysalis.models.diffusion.NoiseSchedule;
import dev.chrysalis.models.diffusion.Plms;
import dev.chrysalis.models.diffusion.PredictionType;
import dev.chrysalis.models.diffusion.Sampler;
import dev.chrysalis.models.diffusion.SamplerState;
import dev.chrysalis.models.diffusion.TimestepSpacing;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.databind.JsonNode;

/// Noise schedules and samplers against their expected values: tables, timesteps, and trajectories
/// of ten steps, with the UNet and with a stand-in that needs none.
final class SamplerParity {
  static final String FILE = "schedulers.safetensors";
  private static final int STEPS = 10;
  private static final double GUIDANCE = 3;
  private static final double BETA_START = 0.0001;
  private static final double BETA_END = 0.02;

  /// A sampler, and the guidance of its trajectory with the UNet.
  private record Case(Sampler sampler, double guidance) {}

  /// What the trajectory of a sampler was.
  private record Trajectory(List<Tensor> samples, List<Tensor> outputs) {}

  /// Stands in for the UNet, or is it.
  @FunctionalInterface
  private interface Network {
    Tensor output(Tensor x, int timestep);
  }

  private final GoldenSet set;
  private final Checks checks;
  private final UNet unet;
  private final NoiseSchedule schedule;
  private final Map<String, Case> cases;

  /// @param sampler the one of the folder
  SamplerParity(GoldenSet set, UNet unet, Sampler sampler) {
    this.set = set;
    this.unet = unet;
    checks = set.checks();
    schedule = sampler.schedule();
    cases = cases(sampler);
  }

  private static Map<String, Case> cases(Sampler folder) {
    NoiseSchedule schedule = folder.schedule();
    PredictionType epsilon = PredictionType.EPSILON;
    Map<String, Case> cases = new LinkedHashMap<>();
    cases.put("ddim", new Case(folder, 1));
    cases.put("ddim_trailing", new Case(ddim(schedule, TimestepSpacing.TRAILING), 1));
    cases.put("ddim_v_prediction", new Case(Ddim.of(schedule, PredictionType.V_PREDICTION), 1));
    cases.put("ddim_cfg3", new Case(folder, GUIDANCE));
    cases.put("ddim_eta1", new Case(Ddim.of(schedule, epsilon).withEta(1), 1));
    cases.put("dpmpp_2m", new Case(DpmSolverMultistep.of(schedule, epsilon), 1));
    cases.put("dpmpp_2m_leading_cfg3", new Case(dpm(schedule, TimestepSpacing.LEADING), GUIDANCE));
    cases.put("dpmpp_1", new Case(dpm(schedule, 1, false), 1));
    cases.put("dpmpp_2m_karras", new Case(dpm(schedule, 2, true), 1));
    cases.put("plms", new Case(Plms.of(schedule, epsilon), 1));
    cases.put("ddpm", new Case(Ddpm.of(schedule, epsilon), 1));
    return cases;
  }

  private static Ddim ddim(NoiseSchedule schedule, TimestepSpacing spacing) {
    return new Ddim(schedule, spacing, 1, false, PredictionType.EPSILON, OptionalDouble.empty(), 0);
  }

  private static DpmSolverMultistep dpm(NoiseSchedule schedule, TimestepSpacing spacing) {
    return new DpmSolverMultistep(schedule, spacing, 1, PredictionType.EPSILON, 2, false);
  }

  private static DpmSolverMultistep dpm(NoiseSchedule schedule, int order, boolean karras) {
    return new DpmSolverMultistep(
        schedule, TimestepSpacing.LINSPACE, 0, PredictionType.EPSILON, order, karras);
  }

  void run() {
    checks.guard("timesteps", this::timesteps);
    checks.guard("trajectories", this::plans);
    set.tensors(FILE)
        .ifPresent(golden -> {
          checks.guard("tables", () -> tables(golden));
          checks.guard("add_noise", () -> addNoise(golden));
          for (String name : cases.keySet()) {
            checks.guard("traj." + name, () -> trajectory(golden, name));
            checks.guard("pseudo." + name, () -> pseudo(golden, name));
          }
        });
  }

  // ---- expected.json ----

  /// `timesteps.KIND.SPACING.STEPS`
  private void timesteps() {
    JsonNode node = set.take("timesteps");
    for (String key : node.propertyNames()) {
      String name = "expected.timesteps." + key;
      checks.guard(
          name,
          () -> {
            String[] parts = key.split("\\.");
            TimestepSpacing spacing = TimestepSpacing.valueOf(parts[1].toUpperCase(Locale.ROOT));
            Sampler sampler =
                switch (parts[0]) {
                  case "ddim" -> ddim(schedule, spacing);
                  case "dpm" -> dpm(schedule, spacing);
                  default -> throw new IllegalArgumentException("nothing checks this key");
                };
            int steps = Integer.parseInt(parts[2]);
            List<Integer> expected = GoldenSet.integers(node.get(key), name);
            checks.equal(name, expected, () -> sampler.timesteps(steps));
          });
    }
  }

  /// `trajectories.NAME`: timesteps, noise levels, and two numbers for information.
  private void plans() {
    JsonNode node = set.take("trajectories");
    for (String trajectory : node.propertyNames()) {
      JsonNode entry = node.get(trajectory);
      for (String key : entry.propertyNames()) {
        String name = "expected.trajectories.%s.%s".formatted(trajectory, key);
        checks.guard(name, () -> plan(name, trajectory, key, entry));
      }
    }
  }

  private void plan(String name, String trajectory, String key, JsonNode entry) {
    switch (key) {
      case "timesteps" -> {
        List<Integer> expected = GoldenSet.integers(entry.get(key), name);
        checks.equal(name, expected, () -> sampler(trajectory).timesteps(STEPS));
      }
      case "sigmas" -> {
        double[] expected = Json.requireDoubles(entry, name, key);
        checks.tensor(
            name,
            Rule.relative(set.tolerance("scheduler_tables")),
            Tensor.of(expected, expected.length),
            () -> sigmas(sampler(trajectory)));
      }
      case "noise_f64", "max_abs" -> {} // about the reference run
      default -> checks.fail(name, "nothing checks this key");
    }
  }

  private Sampler sampler(String name) {
    return Optional.ofNullable(cases.get(name))
        .orElseThrow(() -> new IllegalArgumentException("nothing checks this key"))
        .sampler();
  }

  private static Tensor sigmas(Sampler sampler) {
    if (sampler instanceof DpmSolverMultistep dpm) {
      double[] sigmas = dpm.sigmas(STEPS);
      return Tensor.of(sigmas, sigmas.length);
    }
    throw new IllegalArgumentException("this sampler has no noise levels");
  }

  // ---- tables ----

  private void tables(GoldenTensors golden) {
    table(golden, "betas", schedule.betas());
    table(golden, "alphas_cumprod", schedule.alphasCumprod());
    for (BetaSchedule kind : List.of(BetaSchedule.LINEAR, BetaSchedule.SQUAREDCOS_CAP_V2)) {
      NoiseSchedule other =
          new NoiseSchedule(kind, BETA_START, BETA_END, schedule.trainTimesteps());
      table(golden, "alphas_cumprod." + kind.configName(), other.alphasCumprod());
    }
  }

  private void table(GoldenTensors golden, String name, double[] found) {
    if (golden.has(name)) {
      checks.tensor(name, tableRule(), golden.get(name), () -> Tensor.of(found, found.length));
    }
  }

  private Rule tableRule() {
    return Rule.relative(set.tolerance("scheduler_tables"));
  }

  private void addNoise(GoldenTensors golden) {
    Tensor x0 = golden.get("add_noise.x0");
    Tensor noise = golden.get("add_noise.noise");
    Tensor timesteps = golden.get("add_noise.timesteps");
    checks.tensor(
        "add_noise.out",
        tableRule(),
        golden.get("add_noise.out"),
        () -> schedule.addNoise(x0, noise, timesteps));
    checks.tensor(
        "add_noise.velocity",
        tableRule(),
        golden.get("add_noise.velocity"),
        () -> schedule.velocity(x0, noise, timesteps));
  }

  // ---- trajectories ----

  private void trajectory(GoldenTensors golden, String name) {
    String key = "traj." + name;
    if (!golden.has(key + ".samples")) {
      return;
    }
    Case one = cases.get(name);
    Tensor context = golden.get("traj.context");
    Tensor noise = golden.get("traj.variance_noise"); // of each step
    GuidedUNet network = GuidedUNet.of(unet, context, one.guidance());
    Trajectory found = follow(one.sampler(), golden.get("traj.x_T"), network::forward, noise);
    Rule rule = Rule.relative(set.tolerance("trajectory"));
    checks.tensor(
        key + ".samples", rule, golden.get(key + ".samples"), () -> Ops.stack(0, found.samples()));
    if (golden.has(key + ".model_output")) {
      checks.tensor(
          key + ".model_output",
          rule,
          golden.get(key + ".model_output"),
          () -> Ops.stack(0, found.outputs()));
    }
  }

  /// The same with `0.7·x + 0.1·sin(3·x) + 0.0003·t` in place of the UNet, in F64.
  private void pseudo(GoldenTensors golden, String name) {
    String key = "pseudo." + name;
    if (!golden.has(key + ".samples")) {
      return;
    }
    String ownNoise = key + ".noise";
    Tensor noise = golden.get(golden.has(ownNoise) ? ownNoise : "traj.variance_noise");
    Trajectory found =
        follow(
            cases.get(name).sampler(),
            golden.get("traj.x_T").to(DType.F64),
            SamplerParity::standIn,
            noise.to(DType.F64));
    checks.tensor(
        key + ".samples",
        Rule.relative(set.tolerance("pseudo_trajectory")),
        golden.get(key + ".samples"),
        () -> Ops.stack(0, found.samples()));
  }

  private static Tensor standIn(Tensor x, int timestep) {
    return x.mul(0.7).add(x.mul(3).unary(UnaryFn.SIN).mul(0.1)).add(0.0003 * timestep);
  }

  private static Trajectory follow(Sampler sampler, Tensor start, Network network, Tensor noise) {
    Trajectory trajectory = new Trajectory(new ArrayList<>(), new ArrayList<>());
    SamplerState state = sampler.start(start, STEPS);
    trajectory.samples().add(start);
    while (!state.isDone()) {
      SamplerState now = state;
      Tensor output = network.output(now.sample(), now.timestep());
      state = sampler.step(now, output, () -> noise.select(0, now.index()));
      trajectory.outputs().add(output);
      trajectory.samples().add(state.sample());
    }
    return trajectory;
  }
}
