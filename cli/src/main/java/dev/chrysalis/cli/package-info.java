/// The command line. Read `Main` first: it lists the commands, one class each. `ChrysalisCommand`
/// is what they share, `Failures` how they fail, `Console`, `Progress` and `Outputs` how they speak
/// and write.
package dev.chrysalis.cli;
