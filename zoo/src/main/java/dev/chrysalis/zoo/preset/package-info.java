/// Folders of the real sizes of published models, filled with random numbers: they measure speed,
/// memory and formats, not wit. `Preset` lists them, `PresetFolder` writes one.
package dev.chrysalis.zoo.preset;
