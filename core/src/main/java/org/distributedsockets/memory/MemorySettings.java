package org.distributedsockets.memory;

import java.util.List;
import org.distributedsockets.Setting;
import org.distributedsockets.SettingsGroup;

/** The settings of the in-memory registry and bus. */
public final class MemorySettings implements SettingsGroup {
  /** Which cluster a node joins: the nodes of one JVM that name the same one see each other. */
  public static final Setting<String> CLUSTER =
      Setting.text(
          "memory.cluster",
          "default",
          "Name of the cluster that the nodes of one process share when they use the memory registry or bus.");

  /** Made by {@link java.util.ServiceLoader}. */
  public MemorySettings() {}

  @Override
  public String title() {
    return "Memory";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(CLUSTER);
  }
}
