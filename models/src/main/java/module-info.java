/// One architecture per package (llama, siglip, diffusion), tokenizers, image processing and
/// Hugging Face folders.
module dev.chrysalis.models {
  exports dev.chrysalis.models.diffusion;
  exports dev.chrysalis.models.file;
  exports dev.chrysalis.models.image;
  exports dev.chrysalis.models.json;
  exports dev.chrysalis.models.llama;
  exports dev.chrysalis.models.siglip;
  exports dev.chrysalis.models.tokenizer;

  requires it.unimi.dsi.fastutil.core;
  requires transitive dev.chrysalis.nn;
  requires transitive java.desktop;
  requires transitive tools.jackson.databind;
}
