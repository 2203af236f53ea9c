package dev.chrysalis.cli;

import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the sizes of a measurement.
///
/// @param <T> the sizes
abstract class ShapeConverter<T> implements ITypeConverter<T> {
  private final Function<String, T> parse;

  /// @param parse throws `IllegalArgumentException` with what is wrong
  ShapeConverter(Function<String, T> parse) {
    this.parse = parse;
  }

  @Override
  public T convert(String text) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
