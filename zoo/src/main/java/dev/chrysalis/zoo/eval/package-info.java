/// What a model reaches on unseen scenes of the shapes world: `ShapesEvaluation` measures,
/// `ShapesScores` is the result.
package dev.chrysalis.zoo.eval;
