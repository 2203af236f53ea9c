/// The command line. Read `Main` first: it lists the commands.
package dev.chrysalis.cli;
