package dev.chrysalis.zoo.shapes;

/// The two halves of the world; they share words, never combinations.
public enum Split {
  TRAIN,
  TEST
}
