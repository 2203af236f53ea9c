package dev.chrysalis.zoo.shapes;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One kind of question: where its scenes come from, and how it is asked about one.
///
/// @param telling whether an answer from a picture first tells all that is there, and then answers
///   from its own words
record Form(
    String name, Group group, double weight, Source source, Asking asking, boolean telling) {
  Form(String name, Group group, double weight, Source source, Asking asking) {
    this(name, group, weight, source, asking, false);
  }

  /// The same form, whose answers first tell what is there.
  Form toTell() {
    return new Form(name, group, weight, source, asking, true);
  }

  /// Proposes a scene.
  interface Source {
    Scene draw(Round round);
  }

  /// Asks about a scene, if it has what the question needs.
  interface Asking {
    Optional<Asked> ask(Scene scene, Round round);
  }

  /// What is fixed while a sample is made.
  ///
  /// @param wish the class of answer to aim at, so that no answer is much more frequent than the
  ///   others
  /// @param everything whether facts that are only read may be used
  record Round(Dice dice, int wish, boolean everything) {
    static Round of(Dice dice, boolean everything) {
      return new Round(dice, dice.below(5040), everything);
    }

    /// One of the wanted classes, the same one all through the round.
    <T> T wished(List<T> classes) {
      return classes.get(wish % classes.size());
    }

    boolean wishYes() {
      return wish % 2 == 0;
    }
  }

  /// A question, the answer to learn, and the answers that count as right.
  record Asked(String question, String answer, Set<String> accepted, boolean readOnly) {
    static Asked of(String question, String answer, String... alsoRight) {
      Set<String> accepted = new HashSet<>();
      accepted.add(Answers.normalise(answer));
      for (String right : alsoRight) {
        accepted.add(Answers.normalise(right));
      }
      return new Asked(question, answer, accepted, false);
    }

    Asked readOnly(boolean only) {
      return new Asked(question, answer, accepted, only);
    }
  }
}
