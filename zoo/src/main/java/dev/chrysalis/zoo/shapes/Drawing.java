package dev.chrysalis.zoo.shapes;

import java.util.List;

/// A request for a picture.
///
/// @param request what the human says
/// @param scene what is drawn
/// @param wanted what must be found in any drawing
record Drawing(String request, Scene scene, Target.Wanted wanted) {
  /// The request, and the response that announces what it draws in its own words and draws it.
  Sample sample(Task task) {
    return new Sample(
        task, List.of(Turn.human(request), response(scene)), new Target.Drawing(wanted));
  }

  /// `Here is a red circle left of a blue square:`, then the picture.
  static Turn response(Scene scene) {
    String brief = Describer.brief(scene);
    boolean many =
        brief.contains("stripes") || brief.startsWith("two ") || brief.startsWith("three ");
    return Turn.gpt("Here " + (many ? "are " : "is ") + brief + ":", Renderer.render(scene));
  }
}
