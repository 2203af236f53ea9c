/// MetaMorph. Read `MetaMorph` first (sight, speech, the training loss), then `Sequences` (what
/// stands where in a batch) and `Conversation` (how an answer comes about); `MetaMorphFolder` reads
/// all of it from disk.
package dev.chrysalis.zoo.metamorph;
