package org.distributedsockets.examples.faults;

import java.util.Map;

/**
 * A fault, and what the design allows it to cost.
 *
 * @param name what it is called on the command line
 * @param title what it is called in the table
 * @param fault does it, while traffic goes on
 * @param allowed columns that need not be 0, each with the reason
 */
record Row(String name, String title, Fault fault, Map<String, String> allowed) {
  /** Breaks something and mends it. */
  @FunctionalInterface
  interface Fault {
    /**
     * Does it.
     *
     * @param scene what there is to break
     * @throws Exception if it cannot be done
     */
    void happen(Scene scene) throws Exception;
  }

  Row(String name, String title, Fault fault) {
    this(name, title, fault, Map.of());
  }
}
