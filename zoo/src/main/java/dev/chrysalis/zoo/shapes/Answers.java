package dev.chrysalis.zoo.shapes;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Normalises and scores answers.
public final class Answers {
  /// `heart in blue`, which means the same as `blue heart`.
  private static final Pattern IN_COLOR =
      Pattern.compile(
          oneOf(Figure.ALL.stream().map(Figure::word))
              + " in "
              + oneOf(Hue.ALL.stream().map(Hue::word)));

  private static final Set<String> FILLERS =
      Set.of("a", "an", "the", "it", "is", "its", "there", "are", "at", "in", "on");

  private Answers() {}

  /// Lower case, what follows the last `, so` or `answer is`, no punctuation, no articles, numbers
  /// as digits: `Hot, so Cold.` becomes `cold`, `a heart in blue` becomes `blue heart`.
  public static String normalise(String answer) {
    String text = answer.toLowerCase(Locale.ROOT);
    text = after(after(text, "answer is"), ", so ");
    text = IN_COLOR.matcher(text).replaceAll("$2 $1");
    String[] words = text.replaceAll("[^a-z0-9]+", " ").strip().split(" ");
    String content =
        Arrays.stream(words)
            .filter(w -> !FILLERS.contains(w))
            .map(Answers::canonical)
            .collect(Collectors.joining(" "));
    return content.isEmpty() ? String.join(" ", words) : content;
  }

  private static String oneOf(Stream<String> words) {
    return words.collect(Collectors.joining("|", "\\b(", ")\\b"));
  }

  private static String canonical(String word) {
    return switch (word) {
      case "none" -> "0";
      case "grey" -> "gray";
      case "centre" -> "center";
      default -> Speech.value(word) < 0 ? word : Integer.toString(Speech.value(word));
    };
  }

  /// Whether a response is one of the accepted answers.
  public static boolean right(Target.Answer target, String response) {
    return target.accepted().contains(normalise(response));
  }

  /// For every form of the group, the answer given most often to `samples` training questions: what
  /// a model that knows the questions but looks at nothing would say.
  public static Map<String, String> majority(
      ShapesWorld world, Group group, long seed, int samples) {
    Map<String, Map<String, Integer>> counts = new HashMap<>();
    for (Sample sample : world.questions(Split.TRAIN, group, seed, samples)) {
      Target.Answer target = (Target.Answer) sample.target();
      List<Turn> turns = sample.turns();
      counts
          .computeIfAbsent(target.form(), k -> new HashMap<>())
          .merge(normalise(turns.get(turns.size() - 1).value()), 1, Integer::sum);
    }
    Map<String, String> majority = new HashMap<>();
    counts.forEach((form, answers) -> majority.put(form, mostFrequent(answers)));
    return majority;
  }

  /// The share of these questions that the majority answers get right.
  public static double baseline(Map<String, String> majority, List<Sample> questions) {
    long right =
        questions.stream()
            .map(q -> (Target.Answer) q.target())
            .filter(t -> t.accepted().contains(majority.getOrDefault(t.form(), "")))
            .count();
    return right / (double) questions.size();
  }

  private static String mostFrequent(Map<String, Integer> answers) {
    return answers.entrySet().stream()
        .max(
            Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .orElseThrow()
        .getKey();
  }

  private static String after(String text, String mark) {
    int at = text.lastIndexOf(mark);
    return at < 0 ? text : text.substring(at + mark.length());
  }
}
