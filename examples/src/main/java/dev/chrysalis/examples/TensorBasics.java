package dev.chrysalis.examples;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;

/// Tensors: making them, computing with them, looking at them differently, and letting them go.
public final class TensorBasics {
  private TensorBasics() {}

  public static void main(String[] args) {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    show("x", x);

    // Element by element. The shapes (2, 3) and (3) are aligned at the last axis and repeated.
    Tensor bias = Tensor.of(new float[] {10, 20, 30}, 3);
    show("x + bias", x.add(bias));
    show("softmax of each row", x.softmax(-1));
    show("mean of each column", x.mean(0, false));

    // A matrix product of the rows of x with themselves.
    show("x·xᵀ", x.matmul(x.swap(0, 1)));

    // Views read the same memory in another way; nothing is copied.
    show("columns 1 and 2", x.slice(1, 1, 3));
    show("as (3, 2)", x.reshape(3, -1));
    System.out.println("same memory: " + (x.reshape(3, -1).storage() == x.storage()));

    // Dtypes are never mixed silently.
    show("as bfloat16", x.div(bias).to(DType.BF16));

    // Random numbers are a function of seed, stream and position: the same everywhere, always.
    show("normal", Ops.normal(DType.F32, 42, 0, 4));

    // A scope frees what is made in it, except for what it hands out.
    Tensor norm = Scope.compute(() -> x.square().sum().sqrt());
    show("‖x‖", norm);

    // What does not fit is refused before anything is computed.
    try {
      x.matmul(bias.reshape(1, 3));
    } catch (ShapeException e) {
      System.out.println(e.getMessage());
    }
  }

  private static void show(String name, Tensor x) {
    System.out.printf("%-20s %-12s %s%n", name, x.type(), Arrays.toString(x.toFloats()));
  }
}
