package dev.chrysalis.zoo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Part;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShapesBatchesTest {
  /// Of notes the looks alone are learnt, and never a word that leads to one, also where what users
  /// say is learnt.
  @Test
  void givenWordsAreNotLearnt() {
    ShapesWorld world = new ShapesWorld();
    List<Sample> samples = IntStream.range(0, 40).mapToObj(i -> world.lookedAt(3, i, 1)).toList();
    List<String> texts =
        samples.stream().flatMap(s -> s.turns().stream()).map(turn -> turn.value()).toList();
    Tokenizer tokenizer = new BpeTrainer(400, BpeTrainer.METAMORPH_SPECIALS).train(texts);
    ShapesBatches batches = new ShapesBatches(tokenizer);
    for (Sample sample : samples) {
      String found =
          sample.turns().getLast().parts().stream()
              .filter(Part.Text.class::isInstance)
              .map(part -> ((Part.Text) part).text())
              .collect(Collectors.joining());
      assertEquals(found + "<|eot_id|>", learnt(tokenizer, batches.responses(sample)));
      String all = learnt(tokenizer, batches.everything(sample));
      assertTrue(all.endsWith(found + "<|eot_id|>"), all);
      assertTrue(all.contains(sample.turns().getFirst().value()), all);
    }
  }

  private static String learnt(Tokenizer tokenizer, Sequences.Row row) {
    int[] labels =
        IntStream.of(row.labels()).filter(id -> id != MetaMorphPrompt.IGNORE_INDEX).toArray();
    return tokenizer.decode(labels, false);
  }
}
