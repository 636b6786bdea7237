package org.distributedsockets.examples.benchmarks.load;

import java.util.HashMap;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.Footprint;

/** What some processes had used at a moment. Immutable. */
public final class Usage {
  private static final String OWN = "load";

  private final long nanos = System.nanoTime();
  private final Map<String, Long> pids;
  private final Map<String, Long> processorMillis = new HashMap<>();

  /**
   * What they used between two moments.
   *
   * @param seconds the time between
   * @param processorMicros by process
   * @param residentKilobytes by process, at the second moment
   */
  public record Difference(
      double seconds, Map<String, Double> processorMicros, Map<String, Long> residentKilobytes) {}

  private Usage(Map<String, Long> pids) {
    this.pids = pids;
    pids.forEach((name, pid) -> processorMillis.put(name, Footprint.processorMillis(pid)));
  }

  private long millisOf(String name) {
    return processorMillis.getOrDefault(name, 0L);
  }

  /**
   * Looks now.
   *
   * @param pids the processes by name; the own one is added as {@code load}
   * @return what they used so far
   */
  public static Usage now(Map<String, Long> pids) {
    Map<String, Long> all = new HashMap<>(pids);
    all.put(OWN, ProcessHandle.current().pid());
    return new Usage(all);
  }

  /**
   * Looks again.
   *
   * @return what they used since
   */
  public Difference since() {
    Usage after = new Usage(pids);
    Map<String, Double> processor = new HashMap<>();
    Map<String, Long> resident = new HashMap<>();
    pids.forEach(
        (name, pid) -> {
          processor.put(name, 1_000.0 * (after.millisOf(name) - millisOf(name)));
          resident.put(name, Footprint.residentKilobytes(pid));
        });
    return new Difference((after.nanos - nanos) / 1e9, processor, resident);
  }
}
