package dev.chrysalis.zoo.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NotesTest {
  /// Of every note exactly one thing of the scene has all the words, but for notes that say where
  /// things alike are, and none stands there twice.
  @Test
  void notesAreTrueOfOneThing() {
    Set<Integer> lengths = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      Dice dice = new Dice(9, i);
      Scene.Things scene = SceneSampler.things(dice);
      String value = Notes.response(dice, scene, 12).value();
      List<String> notes = List.of(value.split(", (?=(the|at|on|in) )"));
      assertEquals(notes.size(), Set.copyOf(notes).size(), value);
      for (String note : notes) {
        assertEquals(1, scene.items().stream().filter(item -> fits(item, note)).count(), note);
      }
      lengths.add(notes.size());
    }
    assertTrue(lengths.contains(12), lengths::toString);
  }

  private static boolean fits(Item item, String note) {
    String row = item.y() < 22 ? "top" : item.y() > 42 ? "bottom" : "";
    String column = item.x() < 22 ? "left" : item.x() > 42 ? "right" : "";
    String place = (row + " " + column).strip();
    List<String> traits =
        List.of(
            word(item.hue()),
            word(item.figure()),
            word(item.texture()),
            place.isEmpty() ? "center" : place);
    String size = item.radius() < 10 ? "small" : "big";
    String known = String.join(" ", traits) + " " + size + " the at on in";
    boolean placed = note.matches(".*(at|on|in) the .*");
    boolean there = !placed || note.matches(".*the " + traits.get(3) + "( (?!left|right).*)?");
    return there && List.of(known.split(" ")).containsAll(List.of(note.split(",? ")));
  }

  private static String word(Enum<?> trait) {
    return trait.name().toLowerCase(Locale.ROOT);
  }
}
