package dev.chrysalis.zoo.eval;

import java.util.Map;

/// What a model reached on the shapes world; rates from 0 to 1.
///
/// @param answers right answers, by group
/// @param forms the same, by group and form of question
/// @param majority what the answer most frequent in training for each form of question would reach
/// @param noImage what the model reaches when it is asked without the picture
/// @param drawn drawings in which a look at the pixels finds all that was asked for
/// @param riddles the same, of requests whose answer was only ever read as text
/// @param cosine mean cosine of the visual tokens predicted for the drawings with those of the
///   right picture
/// @param cosineOfMean the same for the mean token of all right pictures, which knows nothing of
///   the request
public record ShapesScores(
    Map<String, Double> answers,
    Map<String, Form> forms,
    Map<String, Double> majority,
    Map<String, Double> noImage,
    double drawn,
    double riddles,
    double cosine,
    double cosineOfMean,
    long seed,
    int samples) {
  /// Questions of one form.
  public record Form(int right, int asked) {
    public double share() {
      return right / (double) asked;
    }
  }
}
