package dev.chrysalis.zoo.train;

import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/// A stage small enough to follow: `y = x·w + b` learns `y = x·(1, 2, 3) + 4` from points of its
/// own choice.
final class LineStage implements Stage<Tensor> {
  private final IntPredicate broken;
  private final IntConsumer before;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Plan plan;
  private int parts = 1;

  /// @param broken steps whose points are not finite
  /// @param before called with every step before it is taken
  LineStage(String name, int steps, IntPredicate broken, IntConsumer before) {
    this.broken = broken;
    this.before = before;
    parameters.put("weight", Tensor.zeros(DType.F32, 3, 1));
    parameters.put("bias", Tensor.zeros(DType.F32, 1));
    plan =
        Plan.of(
                name,
                new ShapesRecipe.Length(steps, 8, 0.1),
                Schedule.cosine(3, steps),
                new AdamW().group(parameters, new AdamW.Settings(0.9, 0.95, 1e-8, 0.01, 1)),
                "loss")
            .averaged(0.9);
  }

  /// This stage, computed in so many parts.
  LineStage inParts(int count) {
    parts = count;
    return this;
  }

  @Override
  public int parts(int threads) {
    return parts;
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Tensor batch(int step, Part part) {
    before.accept(step);
    Tensor points = Ops.normal(DType.F32, 5, step, 8, 3);
    int rows = 8 / part.count();
    Tensor own = points.slice(0, part.index() * rows, (part.index() + 1) * rows);
    return broken.test(step) ? own.mul(Double.NaN) : own;
  }

  @Override
  public List<Tensor> losses(Tensor x) {
    Tensor target = x.matmul(Tensor.of(new float[] {1, 2, 3}, 3, 1)).add(4);
    Tensor found = x.matmul(parameters.get("weight")).add(parameters.get("bias"));
    return List.of(found.sub(target).square().mean());
  }

  /// The parameters themselves, not their averages.
  Map<String, Tensor> parameters() {
    return parameters;
  }
}
