/// Files that tensors are views of.
package dev.chrysalis.tensor.file;
