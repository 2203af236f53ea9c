package dev.chrysalis.models.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class SamplerTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.stableDiffusion();
  private static final Tensor CLEAN = Tensor.of(new double[] {0.5, -1, 2}, 1, 3);
  private static final Tensor START = Tensor.of(new double[] {-0.3, 1.1, 0.7}, 1, 3);

  /// Values worked out from the formula, by hand and apart from this program.
  @ParameterizedTest
  @CsvSource({
    "0, 0.99915",
    "1, 0.9982960",
    "21, 0.9803807",
    "500, 0.2763327",
    "981, 0.00577550",
    "999, 0.00466010"
  })
  void stableDiffusionsScheduleHasTheKnownValues(int t, double expected) {
    assertEquals(expected, SCHEDULE.alphaCumprod(t), 5e-7 * Math.max(expected, 0.01));
  }

  static Stream<Sampler> samplers() {
    PredictionType epsilon = PredictionType.EPSILON;
    return Stream.of(
        Ddim.of(SCHEDULE, epsilon),
        new Ddim(
            SCHEDULE,
            TimestepSpacing.TRAILING,
            0,
            true,
            PredictionType.V_PREDICTION,
            OptionalDouble.of(1.5),
            0),
        Ddpm.of(SCHEDULE, epsilon),
        new Ddpm(
            SCHEDULE,
            TimestepSpacing.LINSPACE,
            0,
            epsilon,
            OptionalDouble.of(1),
            Ddpm.Variance.FIXED_LARGE),
        Plms.of(SCHEDULE, epsilon),
        DpmSolverMultistep.of(SCHEDULE, epsilon),
        new DpmSolverMultistep(SCHEDULE, TimestepSpacing.LEADING, 1, epsilon, 1, true));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void whatIsWrittenIsReadBack(Sampler sampler) {
    ObjectNode json = SamplerJson.write(sampler);
    Sampler again = SamplerJson.read(json, "scheduler_config.json");
    assertEquals(json, SamplerJson.write(again));
    assertEquals(sampler.timesteps(7), again.timesteps(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "_class_name | \"EulerDiscreteScheduler\"",
        "beta_schedule | \"sigmoid\"",
        "beta_start | 0",
        "beta_end | 1.5",
        "num_train_timesteps | 0",
        "prediction_type | \"sample\"",
        "timestep_spacing | \"even\"",
        "thresholding | true",
        "rescale_betas_zero_snr | true",
        "trained_betas | [0.1]"
      })
  void whatIsNotSupportedIsNamed(String key, String value) {
    ObjectNode json = SamplerJson.write(Ddim.of(SCHEDULE, PredictionType.EPSILON));
    json.set(key, Json.parse(value));
    ConfigException e =
        assertThrows(ConfigException.class, () -> SamplerJson.read(json, "scheduler_config.json"));
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }

  @Test
  void plmsWithoutSkippingIsRefused() {
    ObjectNode json = SamplerJson.write(Plms.of(SCHEDULE, PredictionType.EPSILON));
    json.put("skip_prk_steps", false);
    ConfigException e =
        assertThrows(ConfigException.class, () -> SamplerJson.read(json, "scheduler_config.json"));
    assertTrue(e.getMessage().contains("skip_prk_steps"), e.getMessage());
  }

  /// A network that knows the clean picture: its noise is whatever is left of `x`.
  private static Tensor oracle(Tensor x, int t, PredictionType prediction) {
    double a = Math.sqrt(SCHEDULE.alphaCumprod(t));
    double b = Math.sqrt(1 - SCHEDULE.alphaCumprod(t));
    Tensor noise = x.sub(CLEAN.mul(a)).mul(1 / b);
    return switch (prediction) {
      case EPSILON -> noise;
      case V_PREDICTION -> noise.mul(a).sub(CLEAN.mul(b));
    };
  }

  private static SamplerState next(Sampler sampler, SamplerState state) {
    Tensor output = oracle(state.sample(), state.timestep(), sampler.prediction());
    return sampler.step(state, output, () -> Tensor.zeros(DType.F64, 1, 3));
  }

  private static Tensor run(Sampler sampler, int steps) {
    SamplerState state = sampler.start(START, steps);
    int calls = 0;
    while (!state.isDone()) {
      state = next(sampler, state);
      calls++;
    }
    assertEquals(sampler.timesteps(steps).size(), calls);
    return state.sample();
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "10", "50"})
  void samplersThatEndWithoutNoiseFindWhatTheNetworkKnows(int steps) {
    for (PredictionType prediction : PredictionType.values()) {
      for (TimestepSpacing spacing : TimestepSpacing.values()) {
        Ddim ddim = new Ddim(SCHEDULE, spacing, 1, true, prediction, OptionalDouble.empty(), 0);
        if (spacing == TimestepSpacing.LEADING || steps == 1) {
          assertArrayEquals(CLEAN.toDoubles(), run(ddim, steps).toDoubles(), 1e-9);
        }
        for (int order = 1; order <= 2; order++) {
          var dpm = new DpmSolverMultistep(SCHEDULE, spacing, 1, prediction, order, false);
          assertArrayEquals(CLEAN.toDoubles(), run(dpm, steps).toDoubles(), 1e-9);
        }
      }
      assertArrayEquals(
          CLEAN.toDoubles(), run(Ddpm.of(SCHEDULE, prediction), steps).toDoubles(), 1e-9);
    }
  }

  @Test
  void plmsComesCloseToWhatTheNetworkKnows() {
    Tensor found = run(Plms.of(SCHEDULE, PredictionType.EPSILON), 50);
    assertArrayEquals(CLEAN.toDoubles(), found.toDoubles(), 0.1);
    assertTrue(found.sub(START).square().sum().item() > 1);
  }

  @Test
  void aRunCanBeContinuedFromItsState() {
    Plms sampler = Plms.of(SCHEDULE, PredictionType.EPSILON);
    SamplerState state = sampler.start(START, 6);
    for (int i = 0; i < 3; i++) {
      state = next(sampler, state);
    }
    SamplerState copy =
        new SamplerState(
            6,
            state.timesteps(),
            3,
            Tensor.of(state.sample().toDoubles(), 1, 3),
            state.history().stream().map(x -> Tensor.of(x.toDoubles(), 1, 3)).toList());
    while (!copy.isDone()) {
      copy = next(sampler, copy);
    }
    assertArrayEquals(run(sampler, 6).toDoubles(), copy.sample().toDoubles(), 0);
    SamplerState done = copy;
    assertThrows(IllegalStateException.class, () -> sampler.step(done, START, () -> START));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void impossibleNumbersOfStepsAreRefused(Sampler sampler) {
    for (int steps : List.of(-1, 0, 1001)) {
      assertThrows(IllegalArgumentException.class, () -> sampler.timesteps(steps));
    }
  }

  @Test
  void stepsThatLeaveTheScheduleAreRefused() {
    Ddim ddim = Ddim.of(SCHEDULE, PredictionType.EPSILON); // leading, offset 1
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ddim.timesteps(1000));
    assertTrue(e.getMessage().contains("1000"), e.getMessage());
  }

  @Test
  void noiseIsAddedToEachRowAtItsOwnTime() {
    Tensor x0 = Tensor.of(new double[] {1, 1}, 2, 1);
    Tensor noise = Tensor.of(new double[] {0, 2}, 2, 1);
    Tensor t = Tensor.of(new long[] {0, 999}, 2);
    double a = SCHEDULE.alphaCumprod(999);
    assertArrayEquals(
        new double[] {Math.sqrt(SCHEDULE.alphaCumprod(0)), Math.sqrt(a) + 2 * Math.sqrt(1 - a)},
        SCHEDULE.addNoise(x0, noise, t).toDoubles(),
        1e-12);
    assertThrows(
        IllegalArgumentException.class,
        () -> SCHEDULE.addNoise(x0, noise, Tensor.of(new long[] {0, 1000}, 2)));
  }
}
