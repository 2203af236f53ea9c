package dev.chrysalis.zoo.shapes;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What the last turn of a sample is measured against.
public sealed interface Target {
  /// Nothing is measured.
  record Open() implements Target {}

  /// A question's right answers, normalised.
  ///
  /// @param form the kind of question, for the majority baseline
  /// @param readOnly whether it needs a fact that training never showed together with a picture
  record Answer(String form, Group group, Set<String> accepted, boolean readOnly)
      implements Target {
    public Answer {
      accepted = Set.copyOf(accepted);
    }
  }

  /// What a drawing must contain.
  record Drawing(Wanted wanted) implements Target {}

  /// What must be found by looking at pixels.
  sealed interface Wanted {
    /// These kinds and nothing else.
    ///
    /// @param relation of the first to the second, if one was asked for
    /// @param ground the colour of the ground, if one was asked for
    record Things(List<Kind> kinds, Optional<Relation> relation, Optional<String> ground)
        implements Wanted {
      public Things {
        kinds = List.copyOf(kinds);
      }
    }

    /// Stripes of equal width over the whole picture.
    record Stripes(List<Hue> hues, boolean upright) implements Wanted {
      public Stripes {
        hues = List.copyOf(hues);
      }
    }
  }

  /// A colour with a shape.
  record Kind(Hue hue, Figure figure) {}
}
