package dev.chrysalis.zoo.shapes;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One kind of question: where its scenes come from, and how it is asked about one.
record Form(String name, Group group, double weight, Source source, Asking asking) {
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
  ///
  /// @param told what the answer goes through first, thing by thing; empty if nothing
  record Asked(
      String question, String told, String answer, Set<String> accepted, boolean readOnly) {
    static Asked of(String question, String answer, String... alsoRight) {
      Set<String> accepted = new HashSet<>();
      accepted.add(Answers.normalise(answer));
      for (String right : alsoRight) {
        accepted.add(Answers.normalise(right));
      }
      return new Asked(question, "", answer, accepted, false);
    }

    Asked readOnly(boolean only) {
      return new Asked(question, told, answer, accepted, only);
    }

    /// The same question, answered after going through these things.
    Asked after(String things) {
      return new Asked(question, things, answer, accepted, readOnly);
    }

    /// What is said.
    String response() {
      return told.isEmpty() ? answer : told + ", so " + answer;
    }
  }
}
