/// Files that appear whole or not at all: `AtomicFile`.
package dev.chrysalis.models.file;
