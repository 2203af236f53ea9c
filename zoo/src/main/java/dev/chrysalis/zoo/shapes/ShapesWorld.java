package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.zoo.shapes.Form.Asked;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// The shapes world: an unlimited source of pictures of 64 x 64 pixels and of text about them.
///
/// Everything is a pure function of its arguments; instances hold no state and may be shared
/// between threads.
public final class ShapesWorld {
  private static final List<String> DESCRIBE =
      Speech.lines(
          """
          Describe the picture.
          Describe the image.
          Describe this picture.
          What does the picture show in detail?
          Tell me all about the picture.
          What is in the picture? Tell me everything.
          Give a full description.
          Write a caption.
          Describe everything you see.
          Please describe the picture.
          """);

  private static final List<String> FOLLOW =
      Speech.lines(
          """
          Now look at your picture.
          Look at your picture.
          And in your picture?
          Now your picture.
          About your picture:
          In your picture:
          """);

  /// What distinguishes the streams drawn from one seed.
  private static final long MIXTURE = 101;

  private static final long PAIRS = 102;
  private static final long PICTURES = 103;
  private static final long TEXT = 104;
  private static final long RIDDLES = 105;
  private static final long PROMPTS = 106;
  private static final long SPELLED = 107;
  private static final long SETTLED = 108;
  private static final long PLACED = 109;
  private static final long LOOKED_AT = 110;
  private static final long FOUND = 111;

  /// Letters or digits of a text that means nothing.
  private static final int MOST_LETTERS = 5;

  /// Questions about one picture when there are many.
  private static final int MANY = 4;

  private static final int NOTES = 16;

  /// Of the pictures of things that are to be described, those in colours without a name.
  private static final double STRANGE = 0.5;

  private final boolean facts;

  /// @param withholdFacts leaves out all text about facts, for the ablation; the rest stays the
  ///   same
  public ShapesWorld(boolean withholdFacts) {
    this.facts = !withholdFacts;
  }

  public ShapesWorld() {
    this(false);
  }

  /// Sample `index` of a task; test samples contain a combination that no training sample contains.
  public Sample sample(Split split, Task task, long seed, long index) {
    Dice dice = new Dice(seed, split.ordinal(), task.ordinal(), index);
    return sample(dice, split, task);
  }

  /// Sample `index` of the training mixture: 51 % questions about a picture, 3 % descriptions, 30 %
  /// requests for pictures, 10 % edits, 3 % text, 3 % motion, visual thinking and talk.
  public Sample mixture(long seed, long index) {
    Dice dice = new Dice(seed, MIXTURE, index);
    int task = dice.weighted(0.03, 0.11, 0.07, 0.15, 0.18, 0.3, 0.1, 0.01, 0.01, 0.01, 0.03);
    return sample(dice, Split.TRAIN, Task.values()[task]);
  }

  /// Conversation `index` to learn to look and to find. It is notes of a scene in words, or else:
  /// in 44 of 100 questions about things and in 14 about writing, charts and flags, in 5 a
  /// description of any picture and in 5 of writing; in 12 text, in 15 a request for a picture and
  /// in 5 for an edited one, so that facts and drawing are not forgotten.
  ///
  /// @param noted share of the notes
  public Sample lookedAt(long seed, long index, double noted) {
    Dice dice = new Dice(seed, LOOKED_AT, index);
    if (dice.chance(noted)) {
      return TextTalk.noted(dice);
    }
    return switch (dice.weighted(0.21, 0.23, 0.09, 0.05, 0.05, 0.05, 0.15, 0.05, 0.12)) {
      case 0 -> question(dice, Split.TRAIN, Group.GENERAL, MANY, NOTES);
      case 1 -> question(dice, Split.TRAIN, Group.VISION_CENTRIC, MANY, NOTES);
      case 2 -> question(dice, Split.TRAIN, Group.TEXT_AND_CHART, MANY, NOTES);
      case 3 -> question(dice, Split.TRAIN, Group.KNOWLEDGE, MANY, NOTES);
      case 4 -> caption(dice, Split.TRAIN, described(dice, Split.TRAIN));
      case 5 -> caption(dice, Split.TRAIN, spelled(dice));
      case 6 -> draw(dice, Split.TRAIN);
      case 7 -> Edits.sample(dice, Split.TRAIN);
      default -> TextTalk.sample(dice, facts);
    };
  }

  /// A training picture with a caption that tells it from others; every third picture a little
  /// worn.
  public Captioned captionPair(long seed, long index) {
    return captionPair(Split.TRAIN, seed, index);
  }

  public Captioned captionPair(Split split, long seed, long index) {
    Dice dice = new Dice(seed, PAIRS, split.ordinal(), index);
    Scene scene = scene(dice, split, 0.8);
    String caption = Describer.caption(scene, dice);
    return new Captioned(worn(dice, Renderer.render(scene)), caption, Describer.told(scene));
  }

  /// A training picture of a word, of a number or of letters at random, with a description that
  /// spells them; every third picture a little worn. Letters at random are not guessed from those
  /// before them.
  public Captioned spelled(long seed, long index) {
    Dice dice = new Dice(seed, SPELLED, index);
    Scene.Writing scene = spelled(dice);
    String spelled = Describer.spelled(scene);
    return new Captioned(worn(dice, Renderer.render(scene)), spelled, spelled);
  }

  private static Scene.Writing spelled(Dice dice) {
    while (true) {
      Scene.Writing scene = SceneSampler.writing(dice, text(dice));
      if (HeldOut.of(scene) == Split.TRAIN) {
        return scene;
      }
    }
  }

  private static String text(Dice dice) {
    return switch (dice.weighted(0.3, 0.2, 0.4, 0.1)) {
      case 0 -> dice.pick(TextForms.WORDS);
      case 1 -> TextForms.number(dice);
      case 2 -> letters(dice, 'A', 26);
      default -> letters(dice, '0', 10);
    };
  }

  private static String letters(Dice dice, char first, int count) {
    StringBuilder letters = new StringBuilder();
    for (int left = 1 + dice.below(MOST_LETTERS); left > 0; left--) {
      letters.append((char) (first + dice.below(count)));
    }
    return letters.toString();
  }

  /// A training picture of things with a description that goes from place to place; every third
  /// picture a little worn. In every second picture the things have colours without a name, so that
  /// a shape is not guessed from its colour.
  public Captioned placed(long seed, long index) {
    Dice dice = new Dice(seed, PLACED, index);
    Scene.Things scene = placed(dice);
    String placed = Describer.placeByPlace(scene);
    return new Captioned(worn(dice, Renderer.render(scene)), placed, placed);
  }

  static Scene.Things placed(Dice dice) {
    boolean strange = dice.chance(STRANGE);
    while (true) {
      Scene.Things scene = SceneSampler.things(dice);
      Scene.Things colored = strange ? SceneSampler.strangelyColored(dice, scene) : scene;
      if (HeldOut.of(colored) == Split.TRAIN) {
        return colored;
      }
    }
  }

  /// A training picture that was asked for, a chart or a flag; every third a little worn.
  public Picture settled(long seed, long index) {
    Dice dice = new Dice(seed, SETTLED, index);
    return worn(dice, Renderer.render(settled(dice)));
  }

  static Scene settled(Dice dice) {
    while (true) {
      Scene scene =
          switch (dice.weighted(0.4, 0.3, 0.3)) {
            case 0 -> drawn(dice, Split.TRAIN, false).scene();
            case 1 -> SceneSampler.chart(dice);
            default -> SceneSampler.flag(dice, SceneSampler.look(dice));
          };
      if (HeldOut.of(scene) == Split.TRAIN && !(scene instanceof Scene.Writing)) {
        return scene;
      }
    }
  }

  /// A clean training picture, to learn to draw from: of every kind that is ever looked at or asked
  /// for.
  public Picture picture(long seed, long index) {
    Dice dice = new Dice(seed, PICTURES, index);
    return Renderer.render(scene(dice, Split.TRAIN, 0.35));
  }

  /// Text alone; a single turn is plain text.
  public Sample textCorpus(long seed, long index) {
    return TextTalk.sample(new Dice(seed, TEXT, index), facts);
  }

  /// Text alone: a scene in words of training, and things that are found in it.
  public Sample found(long seed, long index) {
    return TextTalk.found(new Dice(seed, FOUND, index));
  }

  /// Questions of a group about unseen scenes, one to a picture.
  public List<Sample> evalQuestions(Group group, long seed, int n) {
    return questions(Split.TEST, group, seed, n);
  }

  List<Sample> questions(Split split, Group group, long seed, int n) {
    return LongStream.range(0, n)
        .parallel()
        .mapToObj(i -> {
          Dice dice = new Dice(seed, split.ordinal(), group.task().ordinal(), i);
          return question(dice, split, group, 1);
        })
        .toList();
  }

  /// Requests for one or two things in combinations nobody trained on.
  public List<Sample> drawPrompts(long seed, int n) {
    return LongStream.range(0, n)
        .mapToObj(i -> {
          Dice dice = new Dice(seed, PROMPTS, i);
          return drawn(dice, Split.TEST, true).sample(Task.DRAW);
        })
        .toList();
  }

  /// Requests whose answer was only ever read as text.
  public List<Sample> riddles(long seed, int n) {
    return LongStream.range(0, n)
        .mapToObj(i -> Riddles.any(new Dice(seed, RIDDLES, i), true).sample(Task.DRAW))
        .toList();
  }

  private Sample sample(Dice dice, Split split, Task task) {
    return switch (task) {
      case CAPTION -> caption(dice, split, described(dice, split));
      case GENERAL -> questions(dice, split, Group.GENERAL);
      case KNOWLEDGE -> questions(dice, split, Group.KNOWLEDGE);
      case TEXT_AND_CHART -> questions(dice, split, Group.TEXT_AND_CHART);
      case VISION_CENTRIC -> questions(dice, split, Group.VISION_CENTRIC);
      case DRAW -> draw(dice, split);
      case EDIT -> Edits.sample(dice, split);
      case NEXT_FRAME -> Motions.sample(dice, split);
      case THINK -> Thinking.sample(dice, split);
      case CHAT -> chat(dice, split);
      case TEXT -> TextTalk.sample(dice, facts);
    };
  }

  /// Training pictures are asked about up to eight times, which costs little more than once, and
  /// every second is noted down as well.
  private Sample questions(Dice dice, Split split, Group group) {
    if (split == Split.TEST) {
      return question(dice, split, group, 1);
    }
    int most = 1 + dice.below(8);
    return question(dice, split, group, most, dice.chance(0.5) ? NOTES / 2 : 0);
  }

  private Sample caption(Dice dice, Split split, Scene scene) {
    Turn request = Turn.human(List.of(picture(dice, scene, split)), describe(dice));
    return Sample.open(Task.CAPTION, request, description(scene));
  }

  /// Any scene; of those of things that are trained on, some in colours without a name.
  static Scene described(Dice dice, Split split) {
    Scene scene = Forms.scene(dice, split);
    return split == Split.TRAIN && scene instanceof Scene.Things ? placed(dice) : scene;
  }

  private static String describe(Dice dice) {
    return Speech.vary(dice, dice.pick(DESCRIBE));
  }

  private static Turn description(Scene scene) {
    return Turn.gpt(Describer.told(scene));
  }

  /// Questions about a picture. The first answer that rests on what the picture shows tells all of
  /// it; those after it find there what they need. Where nothing was told, a request for a
  /// description often ends the talk.
  ///
  /// @param most questions
  /// @param notes how many are made at the end of a talk about things
  private Sample question(Dice dice, Split split, Group group, int most, int notes) {
    boolean everything = split == Split.TEST;
    Forms.Question question = Forms.ask(dice, Forms.pick(dice, group), split, everything);
    Asked asked = question.asked();
    List<Turn> turns = new ArrayList<>();
    turns.add(Turn.human(List.of(picture(dice, question.scene(), split)), asked.question()));
    turns.add(Turn.gpt(asked.response()));
    boolean told = !asked.told().isEmpty();
    for (Asked more : Forms.further(dice, question.scene(), asked, most - 1, everything)) {
      turns.add(Turn.human(more.question()));
      turns.add(Turn.gpt(told ? more.further() : more.response()));
      told |= !more.told().isEmpty();
    }
    if (told && notes > 0 && question.scene() instanceof Scene.Things things) {
      turns.add(Notes.request(dice));
      turns.add(Notes.response(dice, things, notes));
    }
    if (!told && most > 1 && dice.chance(0.5)) {
      turns.add(Turn.human(describe(dice)));
      turns.add(description(question.scene()));
    }
    Target target =
        turns.size() > 2
            ? new Target.Open()
            : new Target.Answer(question.form().name(), group, asked.accepted(), asked.readOnly());
    return new Sample(group.task(), turns, target);
  }

  private Sample question(Dice dice, Split split, Group group, int most) {
    return question(dice, split, group, most, 0);
  }

  private Sample draw(Dice dice, Split split) {
    boolean riddle = split == Split.TRAIN && dice.chance(0.15);
    return (riddle ? Riddles.any(dice, false) : drawn(dice, split, split == Split.TEST))
        .sample(Task.DRAW);
  }

  private static Drawing drawn(Dice dice, Split split, boolean measured) {
    while (true) {
      Drawing drawing = measured ? Drawings.measured(dice) : Drawings.any(dice);
      if (HeldOut.of(drawing.scene()) == split) {
        return drawing;
      }
    }
  }

  /// A question, a picture on request, and perhaps a question about that picture.
  private Sample chat(Dice dice, Split split) {
    Group group = dice.chance(0.5) ? Group.GENERAL : Group.VISION_CENTRIC;
    Sample first = question(dice, split, group, 1);
    Drawing drawing = drawn(dice, split, true);
    List<Turn> turns = new ArrayList<>(first.turns());
    turns.add(Turn.human(drawing.request()));
    turns.add(Drawing.response(drawing.scene()));
    Asked none = Asked.of("", "");
    Forms.another(dice, drawing.scene(), none, false)
        .ifPresent(more -> {
          turns.add(Turn.human(dice.pick(FOLLOW) + " " + more.question()));
          turns.add(Turn.gpt(more.response()));
        });
    return new Sample(Task.CHAT, turns, new Target.Open());
  }

  /// Looked at or asked for.
  ///
  /// @param lookedAt share of the scenes that are looked at, which vary more
  private static Scene scene(Dice dice, Split split, double lookedAt) {
    return dice.chance(lookedAt)
        ? Forms.scene(dice, split)
        : dice.chance(0.1) ? edited(dice, split) : drawn(dice, split, false).scene();
  }

  private static Scene edited(Dice dice, Split split) {
    return Edits.any(dice, split).after();
  }

  private static Picture picture(Dice dice, Scene scene, Split split) {
    Picture clean = Renderer.render(scene);
    return split == Split.TRAIN ? worn(dice, clean) : clean;
  }

  /// Every third picture with a little blur, noise or both.
  private static Picture worn(Dice dice, Picture picture) {
    return switch (dice.weighted(0.67, 0.11, 0.11, 0.11)) {
      case 0 -> picture;
      case 1 -> Wear.apply(picture, dice.between(0.4, 0.9), 0, dice);
      case 2 -> Wear.apply(picture, 0, dice.between(2, 9), dice);
      default -> Wear.apply(picture, dice.between(0.4, 0.7), dice.between(2, 7), dice);
    };
  }
}
