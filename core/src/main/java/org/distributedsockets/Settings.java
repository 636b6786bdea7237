package org.distributedsockets;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What was configured: complete, checked, immutable.
 *
 * <pre>{@code
 * Settings settings = Settings.builder()
 *     .properties(fromFile)
 *     .environment(System.getenv())
 *     .set(NodeSettings.NODE_ID, Optional.of("n1"))
 *     .build();
 * Duration lease = settings.get(NodeSettings.LEASE);
 * }</pre>
 *
 * <p>Which settings there are, the {@link SettingsGroup}s on the class path say. Values of secrets
 * are shown by nothing but {@link #get}. Thread-safe.
 */
public final class Settings {
  private static final Settings DEFAULTS = new Settings(Map.of());

  private final Map<String, Value<?>> values;

  private record Value<T>(Setting<T> setting, T value) {
    boolean isDefault() {
      return value.equals(setting.defaultValue());
    }

    @Override
    public String toString() {
      return setting.key() + "=" + Printable.of(setting.format(value));
    }
  }

  private Settings(Map<String, Value<?>> values) {
    this.values = values;
  }

  /**
   * Nothing set.
   *
   * @return settings with every default
   */
  public static Settings defaults() {
    return DEFAULTS;
  }

  /**
   * Begins with the defaults.
   *
   * @return a builder that knows the settings of the modules on the class path
   * @throws IllegalStateException if a module's group cannot be loaded or declares what another one
   *     declares
   */
  public static Builder builder() {
    return DEFAULTS.toBuilder();
  }

  /**
   * Begins with what is set here.
   *
   * @return a builder of further settings; these ones stay as they are
   * @throws IllegalStateException if a module's group cannot be loaded or declares what another one
   *     declares
   */
  public Builder toBuilder() {
    return new Builder(SettingsCatalog.load(), values);
  }

  /**
   * What can be set, by module: from this a reference can be written.
   *
   * @return the groups on the class path
   * @throws IllegalStateException if one cannot be loaded or declares what another one declares
   */
  public static List<SettingsGroup> groups() {
    return SettingsCatalog.load().groups();
  }

  /**
   * What holds.
   *
   * @param setting of what
   * @param <T> the type of its values
   * @return the value that was set, else the default
   */
  @SuppressWarnings("unchecked") // the builder read the value by the setting's own type
  public <T> T get(Setting<T> setting) {
    Value<?> value = values.get(setting.key());
    return value == null ? setting.defaultValue() : (T) value.value();
  }

  /**
   * Whether somebody set it, be it to the default.
   *
   * @param setting what
   * @return true if it was set
   */
  public boolean isSet(Setting<?> setting) {
    return values.containsKey(setting.key());
  }

  /** The values that differ from the defaults; secrets as {@code ***}. */
  @Override
  public String toString() {
    return values.values().stream()
        .filter(value -> !value.isDefault())
        .map(Value::toString)
        .collect(Collectors.joining(", ", "Settings[", "]"));
  }

  /** Collects settings; what is set later wins. Not thread-safe. */
  public static final class Builder {
    /**
     * What Kubernetes adds to the environment for each Service of the namespace. With a Service
     * called {@code distributed-sockets} or {@code distributed-sockets-chat} these begin like ours,
     * and nobody set them.
     */
    private static final Pattern SERVICE_LINK =
        Pattern.compile(
            "\\w+_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_(TCP|UDP|SCTP)(_\\w+)?)="
                + "|\\w+_PORT=(tcp|udp|sctp)://");

    private final SettingsCatalog catalog;
    private final Map<String, Value<?>> values;

    /** By key, or by name where there is no such key. */
    private final Map<String, String> faults = new TreeMap<>();

    private Builder(SettingsCatalog catalog, Map<String, Value<?>> values) {
      this.catalog = catalog;
      this.values = new TreeMap<>(values);
    }

    /**
     * Sets one value, as if its text stood in properties: it is copied, and each rule is applied by
     * {@link #build}.
     *
     * @param setting what
     * @param value to what
     * @param <T> the type of its values
     * @return this
     */
    public <T> Builder set(Setting<T> setting, T value) {
      return read(setting, setting.propertyName(), setting.write(value));
    }

    /**
     * Sets one value from its text, which stands in a place of the application's own.
     *
     * @param setting what
     * @param source how the application calls it, for example {@code SERVER_ID}; a fault names it
     * @param text the value, as {@link Setting#parse} reads it
     * @param <T> the type of its values
     * @return this
     */
    public <T> Builder read(Setting<T> setting, String source, String text) {
      values.remove(setting.key());
      faults.remove(setting.key());
      try {
        values.put(setting.key(), new Value<>(setting, setting.parse(source, text)));
      } catch (SettingsException e) {
        faults.put(setting.key(), e.getMessage());
      }
      return this;
    }

    /**
     * Sets what stands in properties. Names that do not begin with {@code distributed-sockets.} are
     * none of ours.
     *
     * @param properties by {@link Setting#propertyName}
     * @return this
     */
    public Builder properties(Map<String, String> properties) {
      properties.forEach(this::property);
      return this;
    }

    /**
     * Sets what stands in the environment. Names that do not begin with {@code
     * DISTRIBUTED_SOCKETS_} are none of ours, nor are the variables that Kubernetes adds for a
     * Service of that name.
     *
     * @param environment by {@link Setting#environmentName}
     * @return this
     */
    public Builder environment(Map<String, String> environment) {
      environment.forEach(this::variable);
      return this;
    }

    /**
     * Checks everything: each value, each name, and what the groups say about values that
     * contradict each other.
     *
     * @return the settings
     * @throws SettingsException with every fault
     */
    public Settings build() {
      Settings settings = new Settings(Collections.unmodifiableMap(new TreeMap<>(values)));
      List<String> problems = new ArrayList<>(faults.values());
      catalog.groups().stream()
          .filter(this::isReadable)
          .forEach(group -> problems.addAll(group.check(settings)));
      if (!problems.isEmpty()) {
        throw new SettingsException(problems);
      }
      return settings;
    }

    private void property(String name, String text) {
      if (name.startsWith(Setting.PROPERTY_PREFIX)) {
        catalog
            .ofProperty(name)
            .ifPresentOrElse(
                setting -> read(setting, name, text),
                () -> faults.put(name, catalog.unknownProperty(name)));
      }
    }

    private void variable(String name, String text) {
      if (name.startsWith(Setting.ENVIRONMENT_PREFIX)) {
        Optional<Setting<?>> setting = catalog.ofEnvironment(name);
        if (setting.isPresent()) {
          read(setting.get(), name, text);
        } else if (!SERVICE_LINK.matcher(name + "=" + text).lookingAt()) {
          faults.put(name, catalog.unknownEnvironment(name));
        }
      }
    }

    /** A contradiction with a value that could not be read would be a wrong track. */
    private boolean isReadable(SettingsGroup group) {
      return group.settings().stream().noneMatch(setting -> faults.containsKey(setting.key()));
    }
  }
}
