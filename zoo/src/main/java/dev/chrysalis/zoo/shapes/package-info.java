/// The shapes world: a procedural source of pictures, questions, requests and facts for training
/// and measuring small multimodal models.
///
/// Reading order: `ShapesWorld` (what can be asked for) and `Sample`; `Scene`, `SceneSampler` and
/// `Renderer` (the pictures); `Describer`, `Form` and the four files of forms (the questions);
/// `Drawings`, `Edits`, `Motions`, `Thinking` (the pictures on request); `Facts`, `FactTalk`,
/// `TextTalk`, `Riddles` (what is only read); `HeldOut` (what nobody trains on); `Answers` and
/// `Checker` (how answers and drawings are scored).
package dev.chrysalis.zoo.shapes;
