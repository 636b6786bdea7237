package org.distributedsockets;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One thing that can be set: its name, type, default, limits and meaning. A constant of the module
 * that reads it, listed by the module's {@link SettingsGroup}.
 *
 * <pre>{@code
 * static final Setting<Duration> LEASE =
 *     Setting.duration("node.lease", ofSeconds(10), ofSeconds(2), ofMinutes(5), "How long ...");
 * }</pre>
 *
 * <p>Is {@code distributed-sockets.node.lease} among properties and {@code
 * DISTRIBUTED_SOCKETS_NODE_LEASE} in the environment. Immutable.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {
  static final String PROPERTY_PREFIX = "distributed-sockets.";
  static final String ENVIRONMENT_PREFIX = "DISTRIBUTED_SOCKETS_";

  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)*");
  private static final String MASK = "***";

  private final String key;
  private final SettingSyntax<T> syntax;
  private final T defaultValue;
  private final String description;
  private final List<Rule<T>> rules;

  private record Rule<T>(String text, Predicate<? super T> holds) {}

  private Setting(
      String key,
      SettingSyntax<T> syntax,
      T defaultValue,
      String description,
      List<Rule<T>> rules) {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("must be words-with-dashes separated by dots: " + key);
    }
    this.key = key;
    this.syntax = syntax;
    this.defaultValue = Objects.requireNonNull(defaultValue, "defaultValue");
    this.description = Objects.requireNonNull(description, "description");
    this.rules = List.copyOf(rules);
    check(propertyName(), defaultValue);
  }

  /**
   * A text that is never empty. Spaces around it are dropped.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param description one sentence: what, unit, effect
   * @return the setting
   */
  public static Setting<String> text(String key, String defaultValue, String description) {
    return new Setting<>(key, SettingSyntax.TEXT, defaultValue, description, List.of());
  }

  /**
   * A text that may be absent, and is by default. Spaces around it are dropped; blank is absent.
   *
   * @param key the short name
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<Optional<String>> optionalText(String key, String description) {
    return new Setting<>(
        key, SettingSyntax.OPTIONAL_TEXT, Optional.empty(), description, List.of());
  }

  /**
   * A text that nothing may show, absent by default. Taken as it is; empty is absent.
   *
   * @param key the short name
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<Optional<String>> secret(String key, String description) {
    return new Setting<>(key, SettingSyntax.SECRET, Optional.empty(), description, List.of());
  }

  /**
   * A duration, written {@code 10s}, {@code 300ms}, {@code 2m}, {@code 1h}, {@code 1d} or as ISO
   * 8601.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param min the shortest allowed
   * @param max the longest allowed
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<Duration> duration(
      String key, Duration defaultValue, Duration min, Duration max, String description) {
    return ranged(key, SettingSyntax.DURATION, defaultValue, min, max, description);
  }

  /**
   * A number of bytes, written {@code 1000}, {@code 64KiB}, {@code 4MiB} or {@code 1GiB}.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param min the fewest allowed
   * @param max the most allowed
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<Long> bytes(
      String key, long defaultValue, long min, long max, String description) {
    return ranged(key, SettingSyntax.BYTES, defaultValue, min, max, description);
  }

  /**
   * A whole number.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param min the least allowed
   * @param max the greatest allowed
   * @param description one sentence: what, unit, effect
   * @return the setting
   */
  public static Setting<Integer> count(
      String key, int defaultValue, int min, int max, String description) {
    return ranged(key, SettingSyntax.COUNT, defaultValue, min, max, description);
  }

  /**
   * A choice between {@code true} and {@code false}.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<Boolean> flag(String key, boolean defaultValue, String description) {
    return new Setting<>(key, SettingSyntax.FLAG, defaultValue, description, List.of());
  }

  /**
   * A choice between the constants of an enum, written in kebab case: {@code close-oldest}.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param description one sentence: what, effect
   * @param <E> the enum
   * @return the setting
   */
  public static <E extends Enum<E>> Setting<E> oneOf(
      String key, E defaultValue, String description) {
    SettingSyntax<E> syntax = SettingSyntax.choice(defaultValue.getDeclaringClass());
    return new Setting<>(key, syntax, defaultValue, description, List.of());
  }

  /**
   * Texts separated by commas. Spaces around them and empty ones are dropped.
   *
   * @param key the short name
   * @param defaultValue what holds if nothing is set
   * @param description one sentence: what, effect
   * @return the setting
   */
  public static Setting<List<String>> list(
      String key, List<String> defaultValue, String description) {
    return new Setting<>(
        key, SettingSyntax.LIST, List.copyOf(defaultValue), description, List.of());
  }

  /**
   * The same setting with one more rule.
   *
   * @param rule completes "must", for example {@code "be a power of two"}
   * @param holds whether a value keeps the rule
   * @return a new setting
   * @throws SettingsException if the default value breaks the rule
   */
  public Setting<T> withCheck(String rule, Predicate<? super T> holds) {
    List<Rule<T>> more = new ArrayList<>(rules);
    more.add(new Rule<>(rule, holds));
    return new Setting<>(key, syntax, defaultValue, description, more);
  }

  /**
   * The short name.
   *
   * @return for example {@code node.lease}
   */
  public String key() {
    return key;
  }

  /**
   * The name among properties.
   *
   * @return for example {@code distributed-sockets.node.lease}
   */
  public String propertyName() {
    return PROPERTY_PREFIX + key;
  }

  /**
   * The name in the environment.
   *
   * @return for example {@code DISTRIBUTED_SOCKETS_NODE_LEASE}
   */
  public String environmentName() {
    return ENVIRONMENT_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /**
   * What it is for.
   *
   * @return one sentence
   */
  public String description() {
    return description;
  }

  /**
   * The kind of value.
   *
   * @return text, secret, duration, size, number, flag, choice or list
   */
  public String typeName() {
    return syntax.typeName();
  }

  /**
   * The units in which a value may be written.
   *
   * @return for example {@code B, KiB, MiB, GiB}; empty if there are none
   */
  public String units() {
    return syntax.units();
  }

  /**
   * What a value must be.
   *
   * @return for example {@code be 2s to 5m}; every rule if there are several, the form of the type
   *     if there are none
   */
  public String constraint() {
    return rules.isEmpty()
        ? "be " + syntax.expected()
        : rules.stream().map(Rule::text).collect(Collectors.joining(", "));
  }

  /**
   * What holds if nothing is set.
   *
   * @return the value
   */
  public T defaultValue() {
    return defaultValue;
  }

  /**
   * Whether nothing may show its value.
   *
   * @return true for secrets
   */
  public boolean isSecret() {
    return syntax.equals(SettingSyntax.SECRET);
  }

  /**
   * Reads a value.
   *
   * @param text as it stands in a configuration
   * @return the value
   * @throws SettingsException if it is no such value or breaks a rule; says what it must be, and
   *     shows it unless secret
   */
  public T parse(String text) {
    return parse(propertyName(), text);
  }

  T parse(String source, String text) {
    T value =
        syntax
            .reader()
            .apply(text)
            .orElseThrow(() -> fault("be " + syntax.expected(), source, text));
    check(source, value);
    return value;
  }

  private void check(String source, T value) {
    for (Rule<T> rule : rules) {
      if (!rule.holds().test(value)) {
        throw fault(rule.text(), source, write(value));
      }
    }
  }

  /**
   * Writes a value for people, as {@link #parse} would read it.
   *
   * @param value the value
   * @return its text; {@code ***} for a secret that is present
   */
  public String format(T value) {
    return mask(write(value));
  }

  String write(T value) {
    return syntax.writer().apply(value);
  }

  /** Its property name, type and default. */
  @Override
  public String toString() {
    return propertyName() + " (" + typeName() + ", default '" + format(defaultValue) + "')";
  }

  private SettingsException fault(String rule, String source, String text) {
    return new SettingsException("must " + rule + ": " + source + "=" + Printable.of(mask(text)));
  }

  private String mask(String text) {
    return isSecret() && !text.isEmpty() ? MASK : text;
  }

  private static <V extends Comparable<? super V>> Setting<V> ranged(
      String key, SettingSyntax<V> syntax, V defaultValue, V min, V max, String description) {
    String range = "be " + syntax.writer().apply(min) + " to " + syntax.writer().apply(max);
    Rule<V> rule =
        new Rule<>(range, value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
    return new Setting<>(key, syntax, defaultValue, description, List.of(rule));
  }
}
