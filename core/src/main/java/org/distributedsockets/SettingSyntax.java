package org.distributedsockets;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How values of one type are written. Immutable.
 *
 * @param typeName for the reference
 * @param units the units that may be written, empty if there are none
 * @param expected completes "must be"
 * @param reader empty if the text is no such value
 * @param writer what {@code reader} reads back
 */
record SettingSyntax<T>(
    String typeName,
    String units,
    String expected,
    Function<String, Optional<T>> reader,
    Function<T, String> writer) {

  static final SettingSyntax<String> TEXT =
      new SettingSyntax<>(
          "text", "", "a text that is not empty", SettingSyntax::readText, text -> text);

  static final SettingSyntax<Optional<String>> OPTIONAL_TEXT =
      new SettingSyntax<>(
          "text", "", "a text", text -> Optional.of(readText(text)), text -> text.orElse(""));

  /** Spaces at the ends of a secret may be meant, so they stay. */
  static final SettingSyntax<Optional<String>> SECRET =
      new SettingSyntax<>(
          "secret",
          "",
          "a text",
          text -> Optional.of(Optional.of(text).filter(secret -> !secret.isEmpty())),
          text -> text.orElse(""));

  static final SettingSyntax<Duration> DURATION =
      new SettingSyntax<>(
          "duration",
          "ms, s, m, h, d",
          "a duration such as 10s, 300ms, 2m or PT10S",
          SettingSyntax::readDuration,
          SettingSyntax::writeDuration);

  static final SettingSyntax<Long> BYTES =
      new SettingSyntax<>(
          "size",
          "B, KiB, MiB, GiB",
          "a number of bytes such as 4MiB, 64KiB or 1000",
          SettingSyntax::readBytes,
          SettingSyntax::writeBytes);

  static final SettingSyntax<Integer> COUNT =
      new SettingSyntax<>(
          "number", "", "a whole number", SettingSyntax::readCount, String::valueOf);

  static final SettingSyntax<Boolean> FLAG =
      new SettingSyntax<>("flag", "", "true or false", SettingSyntax::readFlag, String::valueOf);

  static final SettingSyntax<List<String>> LIST =
      new SettingSyntax<>(
          "list",
          "",
          "texts separated by commas",
          SettingSyntax::readList,
          items -> String.join(",", items));

  private static final Pattern DURATION_TEXT = Pattern.compile("(\\d{1,18})\\s*(ms|s|m|h|d)");
  private static final Pattern BYTES_TEXT =
      Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB)?", Pattern.CASE_INSENSITIVE);

  static <E extends Enum<E>> SettingSyntax<E> choice(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    String names =
        constants.stream().map(SettingSyntax::choiceName).collect(Collectors.joining(" or "));
    return new SettingSyntax<>(
        "choice", "", names, text -> readChoice(constants, text), SettingSyntax::choiceName);
  }

  private static Optional<String> readText(String text) {
    return Optional.of(text.strip()).filter(stripped -> !stripped.isEmpty());
  }

  private static Optional<Duration> readDuration(String text) {
    Matcher matcher = DURATION_TEXT.matcher(text.strip());
    try {
      return Optional.of(
          matcher.matches()
              ? Duration.of(Long.parseLong(matcher.group(1)), durationUnit(matcher.group(2)))
              : Duration.parse(text.strip()));
    } catch (DateTimeException | ArithmeticException notADuration) {
      return Optional.empty();
    }
  }

  private static ChronoUnit durationUnit(String symbol) {
    return switch (symbol) {
      case "ms" -> ChronoUnit.MILLIS;
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      default -> ChronoUnit.DAYS;
    };
  }

  private static String writeDuration(Duration duration) {
    if (duration.isNegative() || duration.toNanosPart() % 1_000_000 != 0) {
      return duration.toString();
    }
    if (duration.toMillisPart() != 0) {
      return duration.toMillis() + "ms";
    }
    long seconds = duration.toSeconds();
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }

  private static Optional<Long> readBytes(String text) {
    Matcher matcher = BYTES_TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String unit = Optional.ofNullable(matcher.group(2)).orElse("B");
    try {
      return Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), unitBytes(unit)));
    } catch (ArithmeticException tooLarge) {
      return Optional.empty();
    }
  }

  private static long unitBytes(String unit) {
    return switch (unit.toLowerCase(Locale.ROOT)) {
      case "kib" -> 1L << 10;
      case "mib" -> 1L << 20;
      case "gib" -> 1L << 30;
      default -> 1L;
    };
  }

  private static String writeBytes(Long bytes) {
    for (String unit : List.of("GiB", "MiB", "KiB")) {
      if (bytes > 0 && bytes % unitBytes(unit) == 0) {
        return bytes / unitBytes(unit) + unit;
      }
    }
    return bytes.toString();
  }

  private static Optional<Integer> readCount(String text) {
    try {
      return Optional.of(Integer.valueOf(text.strip()));
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> readFlag(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static Optional<List<String>> readList(String text) {
    return Optional.of(
        Arrays.stream(text.split(",", -1))
            .map(String::strip)
            .filter(item -> !item.isEmpty())
            .toList());
  }

  private static <E extends Enum<E>> Optional<E> readChoice(List<E> constants, String text) {
    String name = text.strip().replace('_', '-');
    return constants.stream()
        .filter(constant -> choiceName(constant).equalsIgnoreCase(name))
        .findFirst();
  }

  private static String choiceName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
