package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Samplers as `scheduler/scheduler_config.json` describes them.
public final class SamplerJson {
  private static final String DDIM = "DDIMScheduler";
  private static final String PLMS = "PNDMScheduler";
  private static final String DPM_SOLVER = "DPMSolverMultistepScheduler";
  private static final String DDPM = "DDPMScheduler";

  private SamplerJson() {}

  /// Reads a sampler; absent keys have the values that the Python implementation gives them.
  ///
  /// @param source what error messages call it
  /// @throws ConfigException if the sampler or one of its settings is not supported
  public static Sampler read(JsonNode json, String source) {
    Json.asObject(json, source);
    for (String key : List.of("thresholding", "rescale_betas_zero_snr")) {
      Supported.only(json, source, key, false);
    }
    Supported.only(json, source, "trained_betas");
    NoiseSchedule schedule = schedule(json, source);
    String name = Json.requireString(json, source, "_class_name");
    return switch (name) {
      case DDIM -> ddim(json, source, schedule);
      case PLMS -> plms(json, source, schedule);
      case DPM_SOLVER -> dpmSolver(json, source, schedule);
      case DDPM -> ddpm(json, source, schedule);
      default ->
          throw new ConfigException(
              "%s: _class_name: found '%s', supported are %s"
                  .formatted(source, name, List.of(DDIM, PLMS, DPM_SOLVER, DDPM)));
    };
  }

  private static NoiseSchedule schedule(JsonNode json, String source) {
    return new NoiseSchedule(
        choice(
            json,
            source,
            "beta_schedule",
            BetaSchedule.LINEAR,
            BetaSchedule.values(),
            BetaSchedule::configName),
        Json.optionalDouble(json, source, "beta_start", 0.0001),
        Json.optionalDouble(json, source, "beta_end", 0.02),
        Json.optionalInt(json, source, "num_train_timesteps", 1000));
  }

  private static Ddim ddim(JsonNode json, String source, NoiseSchedule schedule) {
    return new Ddim(
        schedule,
        spacing(json, source, TimestepSpacing.LEADING),
        offset(json, source),
        Json.optionalBoolean(json, source, "set_alpha_to_one", true),
        prediction(json, source),
        clip(json, source),
        0);
  }

  private static Plms plms(JsonNode json, String source, NoiseSchedule schedule) {
    if (!Json.optionalBoolean(json, source, "skip_prk_steps", false)) {
      throw new ConfigException(
          "%s: skip_prk_steps: found false, supported is only true".formatted(source));
    }
    return new Plms(
        schedule,
        spacing(json, source, TimestepSpacing.LEADING),
        offset(json, source),
        Json.optionalBoolean(json, source, "set_alpha_to_one", false),
        prediction(json, source));
  }

  private static DpmSolverMultistep dpmSolver(
      JsonNode json, String source, NoiseSchedule schedule) {
    Supported.only(json, source, "algorithm_type", "dpmsolver++");
    Supported.only(json, source, "solver_type", "midpoint");
    Supported.only(json, source, "final_sigmas_type", "zero");
    for (String key :
        List.of(
            "use_lu_lambdas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "use_flow_sigmas",
            "use_dynamic_shifting",
            "euler_at_final")) {
      Supported.only(json, source, key, false);
    }
    Supported.only(json, source, "variance_type");
    return new DpmSolverMultistep(
        schedule,
        spacing(json, source, TimestepSpacing.LINSPACE),
        offset(json, source),
        prediction(json, source),
        Json.optionalInt(json, source, "solver_order", 2),
        Json.optionalBoolean(json, source, "use_karras_sigmas", false));
  }

  private static Ddpm ddpm(JsonNode json, String source, NoiseSchedule schedule) {
    return new Ddpm(
        schedule,
        spacing(json, source, TimestepSpacing.LEADING),
        offset(json, source),
        prediction(json, source),
        clip(json, source),
        choice(
            json,
            source,
            "variance_type",
            Ddpm.Variance.FIXED_SMALL,
            Ddpm.Variance.values(),
            Ddpm.Variance::configName));
  }

  private static int offset(JsonNode json, String source) {
    return Json.optionalInt(json, source, "steps_offset", 0);
  }

  private static OptionalDouble clip(JsonNode json, String source) {
    return Json.optionalBoolean(json, source, "clip_sample", true)
        ? OptionalDouble.of(Json.optionalDouble(json, source, "clip_sample_range", 1))
        : OptionalDouble.empty();
  }

  private static PredictionType prediction(JsonNode json, String source) {
    return choice(
        json,
        source,
        "prediction_type",
        PredictionType.EPSILON,
        PredictionType.values(),
        PredictionType::configName);
  }

  private static TimestepSpacing spacing(JsonNode json, String source, TimestepSpacing otherwise) {
    return choice(
        json,
        source,
        "timestep_spacing",
        otherwise,
        TimestepSpacing.values(),
        TimestepSpacing::configName);
  }

  private static <T> T choice(
      JsonNode json,
      String source,
      String key,
      T otherwise,
      T[] values,
      Function<T, String> configName) {
    String found = Json.optionalString(json, source, key, configName.apply(otherwise));
    return Arrays.stream(values)
        .filter(value -> configName.apply(value).equals(found))
        .findFirst()
        .orElseThrow(() ->
            new ConfigException(
                "%s: %s: found '%s', supported are %s"
                    .formatted(
                        source, key, found, Arrays.stream(values).map(configName).toList())));
  }

  /// The config as the Python implementation reads it. The share of fresh noise of DDIM is not part
  /// of it.
  public static ObjectNode write(Sampler sampler) {
    NoiseSchedule schedule = sampler.schedule();
    ObjectNode json =
        Json.newObject()
            .put("num_train_timesteps", schedule.trainTimesteps())
            .put("beta_schedule", schedule.kind().configName())
            .put("beta_start", schedule.betaStart())
            .put("beta_end", schedule.betaEnd())
            .put("prediction_type", sampler.prediction().configName());
    switch (sampler) {
      case Ddim ddim -> {
        json.put("_class_name", DDIM)
            .put("timestep_spacing", ddim.spacing().configName())
            .put("steps_offset", ddim.stepsOffset())
            .put("set_alpha_to_one", ddim.setAlphaToOne());
        putClip(json, ddim.clip());
      }
      case Plms plms ->
          json.put("_class_name", PLMS)
              .put("timestep_spacing", plms.spacing().configName())
              .put("steps_offset", plms.stepsOffset())
              .put("set_alpha_to_one", plms.setAlphaToOne())
              .put("skip_prk_steps", true);
      case DpmSolverMultistep dpm ->
          json.put("_class_name", DPM_SOLVER)
              .put("timestep_spacing", dpm.spacing().configName())
              .put("steps_offset", dpm.stepsOffset())
              .put("solver_order", dpm.order())
              .put("algorithm_type", "dpmsolver++")
              .put("solver_type", "midpoint")
              .put("final_sigmas_type", "zero")
              .put("use_karras_sigmas", dpm.karras());
      case Ddpm ddpm -> {
        json.put("_class_name", DDPM)
            .put("timestep_spacing", ddpm.spacing().configName())
            .put("steps_offset", ddpm.stepsOffset())
            .put("variance_type", ddpm.variance().configName());
        putClip(json, ddpm.clip());
      }
    }
    return json;
  }

  private static void putClip(ObjectNode json, OptionalDouble clip) {
    json.put("clip_sample", clip.isPresent());
    clip.ifPresent(range -> json.put("clip_sample_range", range));
  }
}
