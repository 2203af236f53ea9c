/// JSON as every model folder needs it: strict reading, typed access to configs, atomic writing.
///
/// Reading order: `Json` (read, write), `Config`-style getters in the same class, `JsonText` (the
/// layout in which it is written), `ConfigException` (the one error of this package).
package dev.chrysalis.models.json;
