/// Training on the shapes world. `Stage` is one training with one loss and `Trainer` runs it, with
/// checkpoints in a `CheckpointStore`; the six stages of a MetaMorph are classes of their own,
/// `ShapesTraining` puts them in order and `ShapesRecipe` holds their sizes and lengths.
package dev.chrysalis.zoo.train;
