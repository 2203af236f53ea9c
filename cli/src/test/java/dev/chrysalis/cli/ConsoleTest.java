package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleTest {
  @ParameterizedTest
  @CsvSource({
    "plain, plain",
    "' a\n  b\r\nc ', a b c",
    "'\u001b[31mred', '\\u001b[31mred'",
    "'a\tb', 'a\\u0009b'",
    "'\u202Eback', '\\u202eback'",
    "Grüße 😀, Grüße 😀",
  })
  void oneLineIsHarmless(String text, String expected) {
    assertEquals(expected, Console.oneLine(text));
  }
}
