package org.distributedsockets;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.distributedsockets.engine.Providers;

/** Every setting that the modules on the class path declare. Immutable. */
final class SettingsCatalog {
  private final List<SettingsGroup> groups;
  private final Map<String, Setting<?>> byPropertyName;
  private final Map<String, Setting<?>> byEnvironmentName;

  SettingsCatalog(List<SettingsGroup> groups) {
    this.groups = groups;
    this.byPropertyName = index(Setting::propertyName);
    this.byEnvironmentName = index(Setting::environmentName);
  }

  static SettingsCatalog load() {
    return new SettingsCatalog(Providers.discover(SettingsGroup.class));
  }

  List<SettingsGroup> groups() {
    return groups;
  }

  Optional<Setting<?>> ofProperty(String name) {
    return Optional.ofNullable(byPropertyName.get(name));
  }

  Optional<Setting<?>> ofEnvironment(String name) {
    return Optional.ofNullable(byEnvironmentName.get(name));
  }

  String unknownProperty(String name) {
    return unknown(name, byPropertyName.keySet(), Setting.PROPERTY_PREFIX.length());
  }

  String unknownEnvironment(String name) {
    return unknown(name, byEnvironmentName.keySet(), Setting.ENVIRONMENT_PREFIX.length());
  }

  private Map<String, Setting<?>> index(Function<Setting<?>, String> nameOf) {
    Map<String, Setting<?>> index = new TreeMap<>();
    for (SettingsGroup group : groups) {
      for (Setting<?> setting : group.settings()) {
        String name = nameOf.apply(setting);
        if (index.putIfAbsent(name, setting) != null) {
          throw new IllegalStateException(
              "declared twice: " + name + ", the second time by " + group.getClass().getName());
        }
      }
    }
    return index;
  }

  /** Says nothing of the value: what is misspelled may be a secret. */
  private static String unknown(String name, Set<String> known, int prefixLength) {
    String shown = Printable.of(name);
    int farthest = Math.max(2, (name.length() - prefixLength) / 4);
    return known.stream()
        .filter(candidate -> distance(name, candidate) <= farthest)
        .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
        .map(candidate -> "unknown setting: " + shown + " (did you mean " + candidate + "?)")
        .orElse("unknown setting: " + shown);
  }

  /** How many characters must be added, dropped or replaced (Levenshtein). */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }
}
