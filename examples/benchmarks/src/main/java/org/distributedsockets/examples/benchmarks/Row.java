package org.distributedsockets.examples.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A row of the table of targets: who is measured beside whom, and what is asked of it.
 *
 * @param name for the command line
 * @param title for readers
 * @param contestants run one after the other, as often as there are runs
 * @param targets what is asked
 */
record Row(String name, String title, List<Contestant> contestants, List<Target> targets) {

  /** The same with one contestant alone; there is nothing to compare then. */
  Row only(String contestant) {
    return new Row(
        name,
        title,
        contestants.stream().filter(one -> one.name().equals(contestant)).toList(),
        List.of());
  }

  /**
   * Somebody who is measured.
   *
   * @param name for readers
   * @param trial one run
   */
  record Contestant(String name, Trial trial) {}

  /** One run: starts what it needs, measures, and ends it. */
  interface Trial {
    Sample run() throws Exception;
  }

  /**
   * What is asked.
   *
   * @param text for readers
   * @param atLeast whether the bound is the least, else it is the most
   * @param bound the bound; infinite if the value is only to be stated
   * @param value of one run of all contestants, by their names
   */
  record Target(
      String text, boolean atLeast, double bound, ToDoubleFunction<Map<String, Sample>> value) {

    static Target atLeast(String text, double bound, ToDoubleFunction<Map<String, Sample>> value) {
      return new Target(text, true, bound, value);
    }

    static Target atMost(String text, double bound, ToDoubleFunction<Map<String, Sample>> value) {
      return new Target(text, false, bound, value);
    }

    /** One contestant's measure divided by another's. */
    static ToDoubleFunction<Map<String, Sample>> ratio(
        String measure, String contestant, String other) {
      return run -> sample(run, contestant).get(measure) / sample(run, other).get(measure);
    }

    static Sample sample(Map<String, Sample> run, String contestant) {
      Sample sample = run.get(contestant);
      if (sample == null) {
        throw new IllegalArgumentException(contestant);
      }
      return sample;
    }

    boolean isMet(double median) {
      return atLeast ? median >= bound : median <= bound;
    }
  }
}
