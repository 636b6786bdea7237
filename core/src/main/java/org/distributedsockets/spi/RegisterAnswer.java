package org.distributedsockets.spi;

import java.util.List;
import java.util.Set;

/**
 * What came of one registration. Immutable.
 *
 * @param accepted false if the limit refused it; then nothing was written
 * @param otherNodes the ids of the other nodes with a live entry of the same address
 * @param displaced the entries that gave way to it; they are no longer registered and their nodes
 *     should close them
 */
public record RegisterAnswer(
    boolean accepted, Set<String> otherNodes, List<RegistryEntry> displaced) {
  /**
   * Copies the collections.
   *
   * @param accepted false if the limit refused it; then nothing was written
   * @param otherNodes the ids of the other nodes with a live entry of the same address
   * @param displaced the entries that gave way to it; they are no longer registered and their nodes
   *     should close them
   */
  public RegisterAnswer {
    otherNodes = Set.copyOf(otherNodes);
    displaced = List.copyOf(displaced);
  }
}
