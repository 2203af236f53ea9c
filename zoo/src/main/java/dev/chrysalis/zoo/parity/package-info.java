/// Expected values computed by other implementations, held against this one: `ParityRunner` runs
/// folders of them, a class for each kind of set knows its keys, `Checks` compares, `ParityReport`
/// counts.
package dev.chrysalis.zoo.parity;
