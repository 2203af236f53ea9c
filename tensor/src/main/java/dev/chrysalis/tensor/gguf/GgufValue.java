package dev.chrysalis.tensor.gguf;

import java.util.List;

/// What a key of a GGUF file's metadata holds.
public sealed interface GgufValue {
  /// A whole number of up to 64 bits.
  record Whole(long value) implements GgufValue {}

  /// A floating-point number.
  record Real(double value) implements GgufValue {}

  /// A truth value.
  record Flag(boolean value) implements GgufValue {}

  /// A text.
  record Text(String value) implements GgufValue {}

  /// Whole numbers.
  record Wholes(List<Long> values) implements GgufValue {
    public Wholes {
      values = List.copyOf(values);
    }
  }

  /// Floating-point numbers.
  record Reals(List<Double> values) implements GgufValue {
    public Reals {
      values = List.copyOf(values);
    }
  }

  /// Truth values.
  record Flags(List<Boolean> values) implements GgufValue {
    public Flags {
      values = List.copyOf(values);
    }
  }

  /// Texts.
  record Texts(List<String> values) implements GgufValue {
    public Texts {
      values = List.copyOf(values);
    }
  }
}
