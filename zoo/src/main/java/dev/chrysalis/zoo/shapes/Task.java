package dev.chrysalis.zoo.shapes;

/// What a sample trains, after the paper's groups of data (arXiv:2412.14164, section 2.2).
public enum Task {
  /// A picture, then its description.
  CAPTION,
  /// Questions on what there is, in which colour and shape, and how many.
  GENERAL,
  /// Questions that need a fact besides the picture.
  KNOWLEDGE,
  /// Questions on words, numbers and bar charts.
  TEXT_AND_CHART,
  /// Questions on places, sizes, textures and counts of a kind.
  VISION_CENTRIC,
  /// A request, then a picture; also requests that name a fact which may meet pictures.
  DRAW,
  /// A picture and an instruction, then the changed picture.
  EDIT,
  /// Two frames of a motion, then the next one, or words about the motion.
  NEXT_FRAME,
  /// A question, then a closer look or a marked picture, then the answer.
  THINK,
  /// Several turns: questions, a picture on request, a question about it.
  CHAT,
  /// Text alone: facts, and questions on described scenes.
  TEXT
}
