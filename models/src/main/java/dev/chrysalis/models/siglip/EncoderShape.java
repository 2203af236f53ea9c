package dev.chrysalis.models.siglip;

/// What the encoders of both towers are built from.
record EncoderShape(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    double layerNormEps,
    String hiddenAct) {}
