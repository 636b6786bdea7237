package org.distributedsockets.examples.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one run of one contestant gave, by measure. Immutable.
 *
 * @param values in the order in which they are shown
 */
record Sample(Map<String, Double> values) {
  static final Sample NONE = new Sample(Map.of());

  Sample with(String measure, double value) {
    Map<String, Double> more = new LinkedHashMap<>(values);
    more.put(measure, value);
    return new Sample(more);
  }

  double get(String measure) {
    Double value = values.get(measure);
    if (value == null) {
      throw new IllegalArgumentException(measure + " is not among " + values.keySet());
    }
    return value;
  }
}
