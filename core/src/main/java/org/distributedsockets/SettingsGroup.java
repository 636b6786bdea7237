package org.distributedsockets;

import java.util.List;

/**
 * The settings of one module. Found by {@link java.util.ServiceLoader}; has a public constructor
 * without parameters. What a group lists may be set by property and environment, and stands in the
 * reference of settings.
 *
 * <p>Implementations must ensure: the answers never change and any thread may ask; no key and no
 * environment name is listed twice, also not by another group.
 */
public interface SettingsGroup {
  /**
   * The heading in the reference.
   *
   * @return a few words
   */
  String title();

  /**
   * What can be set.
   *
   * @return the settings, in the order of the reference
   */
  List<Setting<?>> settings();

  /**
   * Looks for settings of this group that contradict each other. Asked only when each single one is
   * right. Also asked when the module is not used, so it must not demand that something is set.
   *
   * @param settings what was set
   * @return one line per fault that names the settings, without secrets; empty if there is none
   */
  default List<String> check(Settings settings) {
    return List.of();
  }
}
