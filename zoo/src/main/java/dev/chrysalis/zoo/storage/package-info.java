/// How weights lie on the disk: `WeightStorage` names the ways, `StoredParts` finds what a model's
/// folder consists of, `QuantizedFolder` rewrites one in blocks, `ComposedFolder` makes a MetaMorph
/// of published parts.
package dev.chrysalis.zoo.storage;
