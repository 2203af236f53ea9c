package dev.chrysalis.tensor.cases;

import static dev.chrysalis.tensor.cases.OpTable.EXACT;
import static dev.chrysalis.tensor.cases.OpTable.ROUNDED;
import static dev.chrysalis.tensor.cases.OpTable.condition;
import static dev.chrysalis.tensor.cases.OpTable.integers;
import static dev.chrysalis.tensor.cases.OpTable.name;
import static dev.chrysalis.tensor.cases.OpTable.positive;
import static dev.chrysalis.tensor.cases.OpTable.shape;
import static dev.chrysalis.tensor.cases.OpTable.shapes;
import static dev.chrysalis.tensor.cases.OpTable.special;
import static dev.chrysalis.tensor.cases.OpTable.strided;
import static dev.chrysalis.tensor.cases.OpTable.x;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.List;

/// Functions of one, two and three numbers.
final class ElementRows {
  private ElementRows() {}

  static void addTo(OpTable table) {
    functions(table);
    pairs(table);
    gated(table);
  }

  private static void functions(OpTable table) {
    for (UnaryFn fn : UnaryFn.values()) {
      for (int[] s : shapes(shape(), shape(1), shape(0, 3), shape(15), shape(17), shape(5, 33))) {
        table.add(name(fn, s), new Op.Unary(fn), ROUNDED, () -> List.of(positive(1, s)));
        table.add(
            name(fn, "grad", s),
            new Op.UnaryGrad(fn),
            ROUNDED,
            () -> {
              Tensor x = positive(1, s);
              return List.of(x, x.unary(fn), x(2, s));
            });
      }
      table.add(
          name(fn, "strided"),
          new Op.Unary(fn),
          ROUNDED,
          () -> List.of(strided(1, 9, 30).square()));
      table.add(
          name(fn, "grad of both signs"),
          new Op.UnaryGrad(fn),
          1e-5,
          () -> {
            Tensor x = strided(1, 9, 300);
            return List.of(x, x.unary(fn), strided(2, 9, 300));
          });
    }
    for (double exponent : new double[] {2, 3, 0.5, -1.5, 0, 1}) {
      table.add(
          name("pow", exponent), new Op.Pow(exponent), ROUNDED, () -> List.of(positive(1, 300)));
    }
    table.add("affine", new Op.Affine(-1.7, 0.3), ROUNDED, () -> List.of(x(1, 7, 19)));
    table.add("affine, many", new Op.Affine(2, -1), ROUNDED, () -> List.of(x(1, 70_001)));
    table.addFixed(
        "affine of integers", new Op.Affine(3, 1), EXACT, () -> List.of(integers(100, 33)));
    table.add("clamp", new Op.Clamp(-0.5, 1), ROUNDED, () -> List.of(strided(1, 7, 19)));
    table.addFixed("clamp of NaN", new Op.Clamp(-0.5, 1), EXACT, () -> List.of(special()));
  }

  private static void pairs(OpTable table) {
    int[][][] shapes = {
      {{17}, {17}},
      {{}, {}},
      {{4, 33}, {33}},
      {{4, 33}, {4, 1}},
      {{3, 1, 5}, {1, 7, 1}},
      {{5, 300}, {300}},
      {{5, 300}, {5, 1}},
      {{300}, {5, 300}},
      {{2, 40, 300}, {40, 1}},
      {{0, 3}, {3}},
      {{70_001}, {1}},
      {{}, {40}},
      {{2, 6, 20, 20}, {1, 6, 1, 1}}
    };
    for (int[][] s : shapes) {
      for (BinaryFn fn : BinaryFn.values()) {
        table.add(
            name(fn, (Object[]) s),
            new Op.Binary(fn),
            ROUNDED,
            () -> List.of(x(1, s[0]), positive(2, s[1])));
      }
      for (Comparison relation : Comparison.values()) {
        table.add(
            name(relation, (Object[]) s),
            new Op.Compare(relation),
            EXACT,
            () -> List.of(x(1, s[0]).unary(UnaryFn.ROUND), x(2, s[1]).unary(UnaryFn.ROUND)));
      }
    }
    for (BinaryFn fn : BinaryFn.values()) {
      table.add(
          name(fn, "strided"),
          new Op.Binary(fn),
          ROUNDED,
          () -> List.of(strided(1, 6, 300), positive(2, 6, 300)));
      table.addFixed(
          name(fn, "special"),
          new Op.Binary(fn),
          EXACT,
          () -> List.of(special().reshape(17, 1), special()));
      table.addFixed(
          name(fn, "integers"),
          new Op.Binary(fn),
          EXACT,
          () -> List.of(integers(90, 5, 7), Ops.affine(integers(9, 7), 1, 1)));
    }
    for (Comparison relation : Comparison.values()) {
      table.addFixed(
          name(relation, "special"),
          new Op.Compare(relation),
          EXACT,
          () -> List.of(special().reshape(17, 1), special()));
      table.addFixed(
          name(relation, "integers"),
          new Op.Compare(relation),
          EXACT,
          () -> List.of(integers(5, 40), integers(3, 40)));
    }
    table.add(
        "where", new Op.Where(), EXACT, () -> List.of(condition(6, 1, 300), x(1, 5, 300), x(2)));
    table.add(
        "where, one condition a row",
        new Op.Where(),
        EXACT,
        () -> List.of(condition(6, 1), x(1, 6, 31), strided(2, 6, 31)));
    table.addFixed(
        "where of integers",
        new Op.Where(),
        EXACT,
        () -> List.of(condition(40), integers(9, 40), integers(7, 40)));
  }

  private static void gated(OpTable table) {
    for (int[] s : shapes(shape(1), shape(3, 17), shape(4, 300))) {
      table.add(name("swiglu", s), new Op.SwiGlu(), ROUNDED, () -> List.of(x(1, s), x(2, s)));
      table.add(
          name("swiglu grad", s),
          new Op.SwiGluGrad(),
          5e-6,
          () -> List.of(x(1, s), x(2, s), x(3, s)));
      int[] wide = s.clone();
      wide[s.length - 1] *= 2;
      table.add(name("geglu", s), new Op.GeGlu(), ROUNDED, () -> List.of(x(1, wide)));
      table.add(
          name("geglu grad", s), new Op.GeGluGrad(), 5e-6, () -> List.of(x(1, wide), x(2, s)));
    }
    table.add(
        "adamw",
        new Op.AdamW(0.01, 0.9, 0.95, 1e-8, 0.1, 3),
        5e-6,
        () -> List.of(x(1, 45, 7), x(2, 45, 7), x(3, 45, 7), positive(4, 45, 7)));
  }
}
