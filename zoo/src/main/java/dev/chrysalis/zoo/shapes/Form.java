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
  /// @param told what is said first of a picture nothing was said of yet: what it shows; empty if
  ///   nothing
  /// @param step what follows from that and leads to the answer; empty if it is found at once
  record Asked(
      String question,
      String told,
      String step,
      String answer,
      Set<String> accepted,
      boolean readOnly) {
    static Asked of(String question, String answer, String... alsoRight) {
      Set<String> accepted = new HashSet<>();
      accepted.add(Answers.normalise(answer));
      for (String right : alsoRight) {
        accepted.add(Answers.normalise(right));
      }
      return new Asked(question, "", "", answer, accepted, false);
    }

    Asked readOnly(boolean only) {
      return new Asked(question, told, step, answer, accepted, only);
    }

    /// The same question, answered after telling what the picture shows.
    Asked after(Scene.Things scene) {
      return new Asked(question, Describer.placeByPlace(scene), step, answer, accepted, readOnly);
    }

    /// The same question, answered after reading the chart.
    Asked after(Scene.Chart chart) {
      return new Asked(question, Describer.bars(chart), step, answer, accepted, readOnly);
    }

    /// The same question, answered by way of this.
    Asked by(String way) {
      return new Asked(question, told, way, answer, accepted, readOnly);
    }

    /// What is said of a picture that nothing was said of yet.
    String response() {
      return told.isEmpty() ? further() : told + ", " + (step.isEmpty() ? "so " : "") + further();
    }

    /// What is said once it has been told what the picture shows.
    String further() {
      return step.isEmpty() ? answer : step + ", so " + answer;
    }
  }
}
