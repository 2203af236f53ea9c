/// How weights lie on the disk: `WeightStorage` names the ways, `StoredParts` finds what a model's
/// folder consists of, `QuantizedFolder` rewrites one in blocks.
package dev.chrysalis.zoo.storage;
