/// One idea a file, each with a `main` that can be run and changed. In the order of the layers
/// below:
///
/// - `TensorBasics`: tensors, shapes, broadcasting, views, scopes
/// - `GradientDescent`: a small network fits a curve; gradients and an optimiser
/// - `ReadCheckpoint`: what lies in a folder of safetensors
/// - `TrainTinyLanguageModel`: a tiny LLaMA learns a nursery rhyme and recites it
/// - `MatchPicturesAndWords`: SigLIP's loss brings pictures and words together
/// - `AskMetaMorph`: a question about a picture
///
/// After `mvn -q -DskipTests package`, from the project's home:
///
/// ```
/// java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
///   -cp 'examples/target/classes:cli/target/app/lib/*' dev.chrysalis.examples.TensorBasics
/// ```
package dev.chrysalis.examples;
