/// JSON as every model folder needs it: strict reading, typed access to configs, atomic writing.
///
/// Reading order: `Json` (reading, writing, typed getters), `JsonText` (the layout in which it is
/// written), `ConfigException` (the one error of this package).
package dev.chrysalis.models.json;
