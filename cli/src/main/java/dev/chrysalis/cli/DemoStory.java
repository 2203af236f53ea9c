package dev.chrysalis.cli;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What was said and shown in a demo, in order.
///
/// @param settings how it can be had again, in words
record DemoStory(String model, String settings, List<Section> sections) {
  enum Speaker {
    USER,
    MODEL
  }

  /// @param file the name it is written under
  record Shot(String file, Picture picture) {}

  /// @param remark what a check of the model's words or pixels found
  record Line(Speaker speaker, String text, List<Shot> shots, Optional<String> remark) {
    Line {
      shots = List.copyOf(shots);
    }
  }

  record Section(String title, String about, List<Line> lines) {
    Section {
      lines = List.copyOf(lines);
    }
  }

  DemoStory {
    sections = List.copyOf(sections);
  }

  /// All pictures, in order.
  List<Shot> shots() {
    return sections.stream()
        .flatMap(section -> section.lines().stream())
        .flatMap(line -> line.shots().stream())
        .toList();
  }

  String toText() {
    List<String> text = new ArrayList<>(List.of(model + ", " + settings));
    for (Section section : sections) {
      text.add("");
      text.add("== %s ==".formatted(section.title()));
      text.add(section.about());
      for (Line line : section.lines()) {
        text.add("");
        text.addAll(said(line));
        line.remark().ifPresent(remark -> text.add("       (%s)".formatted(remark)));
      }
    }
    return String.join("\n", text) + "\n";
  }

  /// A user's pictures come before the words, a model's behind them.
  private static List<String> said(Line line) {
    boolean user = line.speaker() == Speaker.USER;
    List<String> said = new ArrayList<>(line.text().isEmpty() ? List.of() : List.of(line.text()));
    List<String> shots = line.shots().stream().map(shot -> "[%s]".formatted(shot.file())).toList();
    said.addAll(user ? 0 : said.size(), shots);
    return said.stream().map(text -> (user ? "user:  " : "model: ") + text).toList();
  }

  ObjectNode toJson() {
    ObjectNode json = Json.newObject().put("model", model).put("settings", settings);
    ArrayNode all = json.putArray("sections");
    for (Section section : sections) {
      ObjectNode object = all.addObject().put("title", section.title());
      ArrayNode turns = object.put("about", section.about()).putArray("turns");
      for (Line line : section.lines()) {
        ObjectNode turn =
            turns.addObject().put("role", line.speaker() == Speaker.USER ? "user" : "assistant");
        turn.put("text", line.text());
        ArrayNode pictures = turn.putArray("pictures");
        line.shots().forEach(shot -> pictures.add(shot.file()));
        line.remark().ifPresent(remark -> turn.put("check", remark));
      }
    }
    return json;
  }
}
