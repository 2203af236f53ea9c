package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every answer is right by a second opinion.
class QuestionTest {
  static Stream<Form> readable() {
    return Stream.of(GeneralForms.ALL, VisionForms.ALL, TextForms.ALL).flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("readable")
  void answersAgreeWithAReaderOfTheQuestion(Form form) {
    for (int i = 0; i < 250; i++) {
      Split split = i % 5 == 0 ? Split.TEST : Split.TRAIN;
      Forms.Question q = Forms.ask(new Dice(i, 77), form, split, false);
      Reader reader = new Reader(q.scene(), q.asked().question());
      String read = reader.answer(form.name());
      assertEquals(
          Answers.normalise(read),
          Answers.normalise(q.asked().answer()),
          () -> q.asked().question() + " about " + q.scene());
      assertEquals(
          reader.told(form.name()),
          q.asked().told(),
          () -> q.asked().question() + " about " + q.scene());
      assertEquals(
          reader.step(form.name()),
          Reader.plain(q.asked().step()),
          () -> q.asked().question() + " about " + q.scene());
    }
  }

  static Stream<Form> knowing() {
    return KnowledgeForms.ALL.stream();
  }

  /// What the answer says is seen is in the picture, and the table has the rest on one line with
  /// what was asked.
  @ParameterizedTest
  @MethodSource("knowing")
  void knowledgeIsInTheTables(Form form) {
    for (int i = 0; i < 150; i++) {
      Forms.Question q = Forms.ask(new Dice(i, 78), form, Split.TRAIN, true);
      String[] parts = q.asked().answer().split(", so ");
      String full = " " + Describer.full(q.scene());
      assertEquals(2, parts.length);
      String seen = parts[0].replaceFirst("^((\\w )*\\w,|an?|the) ", "");
      assertTrue(
          Stream.of(seen.split(" and ")).allMatch(s -> full.contains(" " + s)),
          () -> seen + " in " + full);
      assertTrue(tabled(form.name(), q, seen, parts[1]), () -> q.toString());
    }
  }

  private static boolean tabled(String form, Forms.Question q, String seen, String answer) {
    String asked = q.asked().question();
    return switch (form) {
      case "country" -> row(Stream.of(Lexicon.EMBLEMS, Lexicon.STRIPES), answer, hues(seen));
      case "who likes" -> Lexicon.PEOPLE.contains(answer);
      case "colored like" -> rowOf(Lexicon.COLORED, seen, asked);
      case "shaped like" -> rowOf(Lexicon.SHAPED, seen, asked);
      case "name one" -> rowOf(Lexicon.COLORED, seen, answer);
      case "mixture" ->
          List.of("orange", "green", "purple", "brown", "pink", "gray").contains(answer);
      case "corners" ->
          List.of("circle:zero", "square:four", "triangle:three", "cross:twelve", "star:ten")
              .contains(seen + ":" + answer);
      case "traffic light" ->
          List.of("red:stop", "yellow:wait", "green:go").contains(seen + ":" + answer);
      case "opposite" ->
          Lexicon.OPPOSITES.contains(seen + "/" + answer)
              || Lexicon.OPPOSITES.contains(answer + "/" + seen);
      case "kind" ->
          switch (answer) {
            case "a fruit" -> Lexicon.FRUITS.contains(seen);
            case "a vehicle" -> Lexicon.VEHICLES.contains(seen);
            case "clothing" -> Lexicon.CLOTHES.contains(seen);
            default -> Lexicon.ANIMALS.stream().anyMatch(a -> a.startsWith(seen + " "));
          };
      case "legs" -> Lexicon.ANIMALS.stream().anyMatch(a -> a.startsWith(seen + " " + answer));
      case "sound" ->
          Lexicon.ANIMALS.stream()
              .anyMatch(a -> a.startsWith(answer.split(" ")[1] + " ") && a.endsWith(" " + seen));
      case "next number" -> Integer.parseInt(seen) + 1 == Integer.parseInt(answer);
      default -> false;
    };
  }

  private static List<String> hues(String seen) {
    return Hue.ALL.stream().map(Hue::word).filter(seen::contains).toList();
  }

  private static boolean row(Stream<List<String>> tables, String name, List<String> words) {
    return tables
        .flatMap(List::stream)
        .anyMatch(r -> r.startsWith(name + ":") && words.stream().allMatch(r::contains));
  }

  private static boolean rowOf(List<String> table, String head, String text) {
    String said = text.toLowerCase(Locale.ROOT);
    return table.stream()
        .filter(r -> r.startsWith(head + ": "))
        .flatMap(r -> Stream.of(r.split(": ")[1].split(", ")))
        .anyMatch(said::contains);
  }

  @Test
  void favoritesNameThePersonWhoLikesWhatIsShown() {
    for (Fact fact : Facts.WORLD.usable(Fact.Favorite.class, true)) {
      Fact.Favorite f = (Fact.Favorite) fact;
      Scene scene = SceneSampler.canonical(f.hue(), f.figure());
      Form form =
          KnowledgeForms.ALL.stream().filter(k -> k.name().equals("who likes")).findFirst().get();
      Form.Asked asked = form.asking().ask(scene, Form.Round.of(new Dice(1), true)).orElseThrow();
      assertTrue(asked.answer().endsWith(", so " + f.subject()), asked::answer);
    }
  }
}
