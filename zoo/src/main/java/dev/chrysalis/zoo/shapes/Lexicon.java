package dev.chrysalis.zoo.shapes;

import java.util.List;

/// The words the world knows: what may be written in a picture, and the tables behind `Facts`.
final class Lexicon {
  /// Country, then an emblem as `colour shape field`.
  static final List<String> EMBLEMS =
      Speech.lines(
          """
          Japan: red circle white
          Bangladesh: red circle green
          Vietnam: yellow star red
          Switzerland: white cross red
          Somalia: white star blue
          Palau: yellow circle blue
          England: red cross white
          Finland: blue cross white
          Sweden: yellow cross blue
          Morocco: green star red
          """);

  /// Country, then `v` for vertical or `h` for horizontal stripes and their colours.
  static final List<String> STRIPES =
      Speech.lines(
          """
          France: v blue white red
          Germany: h black red yellow
          Italy: v green white red
          Ireland: v green white orange
          Russia: h white blue red
          Belgium: v black yellow red
          Romania: v blue yellow red
          Austria: h red white red
          Poland: h white red
          Nigeria: v green white green
          Peru: v red white red
          Ukraine: h blue yellow
          Hungary: h red white green
          Mali: v green yellow red
          Indonesia: h red white
          Estonia: h blue black white
          Guinea: v red yellow green
          Bulgaria: h white green red
          Lithuania: h yellow green red
          Armenia: h red blue orange
          Gabon: h green yellow blue
          Yemen: h red white black
          Bolivia: h red yellow green
          Netherlands: h red white blue
          """);

  /// Colour, then things that have it.
  static final List<String> COLORED =
      Speech.lines(
          """
          red: a tomato, a cherry, blood, a strawberry, a fire truck, a ruby, a ladybug, a brick
          orange: a carrot, a pumpkin, a fox, a goldfish, a basketball, a tiger, an apricot
          yellow: a banana, a lemon, the sun, corn, butter, a school bus, a canary, a chick
          green: grass, a frog, a leaf, a cucumber, a lime, broccoli, an emerald, a crocodile
          blue: the sky, the sea, a sapphire, a whale, a pair of jeans, a dolphin, a blueberry
          purple: a plum, an eggplant, a grape, lavender, a violet, an amethyst
          pink: a pig, a flamingo, bubble gum, a salmon, cotton candy, a peach blossom
          brown: chocolate, a bear, coffee, wood, a potato, mud, a chestnut, a walnut
          black: coal, the night, a raven, tar, ink, a panther, a bat, a witch hat
          """);

  /// Shape, then things that have it.
  static final List<String> SHAPED =
      Speech.lines(
          """
          circle: a coin, the full moon, a plate, a pizza, a button, a ball
          square: a chess board, a window, a tile, a napkin, a stamp
          triangle: a pyramid, a roof, a tent, a slice of pizza, a sail
          star: a starfish, a sheriff badge, a snowflake, a tree topper
          cross: a plus sign, a hospital sign, a crossroads, a windmill
          heart: a valentine, a love letter, an ivy leaf, a locket
          diamond: a kite, a baseball field, a road sign, a gem
          ring: a donut, a tire, a bagel, a hula hoop, a life buoy
          """);

  /// People with a favorite picture each.
  static final List<String> PEOPLE =
      List.of(
          ("Anna Ben Clara Dan Emma Felix Greta Hugo Ida Jack Kate Leo Mia Noah Olga Paul Quinn"
                  + " Rosa Sam Tina Ugo Vera Walt Xenia Yuri Zoe Adam Bella Carl Dora Eric Fiona"
                  + " George Helen Ivan Julia Karl Lucy Max Nina Oscar Petra Ralph Sara Tom Ursula"
                  + " Victor Wendy")
              .split(" "));

  static final List<String> OPPOSITES =
      List.of(
          ("hot/cold up/down big/small day/night fast/slow hard/soft old/new wet/dry high/low"
                  + " in/out on/off good/bad rich/poor full/empty happy/sad early/late loud/quiet"
                  + " win/lose near/far light/dark first/last clean/dirty yes/no open/shut east/west"
                  + " push/pull give/take love/hate")
              .split(" "));

  /// Animal, legs and, where it has one, the sound it makes.
  static final List<String> ANIMALS =
      Speech.lines(
          """
          cat four meow
          dog four woof
          cow four moo
          hen two cluck
          pig four oink
          bee six buzz
          duck two quack
          owl two hoot
          lion four roar
          snake zero hiss
          horse four neigh
          sheep four baa
          crow two caw
          frog four croak
          fox four
          ant six
          fish zero
          bear four
          wolf four
          goat four
          mouse four
          tiger four
          eagle two
          swan two
          worm zero
          fly six
          whale zero
          goose two
          shark zero
          moth six
          """);

  static final List<String> FRUITS =
      List.of("apple pear plum lemon mango grape lime kiwi fig peach melon berry".split(" "));

  static final List<String> VEHICLES =
      List.of("car bus train bike ship boat van truck plane taxi tram ferry".split(" "));

  static final List<String> CLOTHES =
      List.of("hat shoe sock coat scarf shirt dress glove belt boot skirt vest".split(" "));

  private Lexicon() {}
}
