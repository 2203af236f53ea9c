package dev.chrysalis.zoo.train;

/// Which weight of a MetaMorph belongs to which part.
final class WeightNames {
  /// SigLIP's vision tower.
  static final String TOWER = "model.vision_tower.vision_tower.";

  /// The same tower in weights of SigLIP alone.
  static final String SIGLIP_TOWER = "vision_model.";

  /// Embeddings of the words.
  static final String TABLE = "model.embed_tokens.weight";

  /// The text head.
  static final String HEAD = "lm_head.weight";

  private WeightNames() {}

  /// Whether a weight is of the tower's pooling head, which only SigLIP's own training needs.
  static boolean isPoolingHead(String name) {
    return name.startsWith(TOWER + "head.") || name.startsWith(SIGLIP_TOWER + "head.");
  }

  static boolean isLanguage(String name) {
    return !name.startsWith(TOWER) && !isJoint(name);
  }

  /// Whether a weight joins the language model to the visual tokens.
  static boolean isJoint(String name) {
    return name.startsWith("model.mm_projector") || name.startsWith("vision_head");
  }

  /// Whether a weight has a row for each of the two image tokens, which the language model alone
  /// does not know.
  static boolean hasImageTokens(String name) {
    return name.equals(TABLE) || name.equals(HEAD);
  }
}
