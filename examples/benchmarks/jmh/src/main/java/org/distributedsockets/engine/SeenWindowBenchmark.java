package org.distributedsockets.engine;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The look for a batch that came before. */
@State(Scope.Thread)
public class SeenWindowBenchmark {
  private final SeenWindow window = new SeenWindow();
  private long number;

  @Benchmark
  public boolean firstSight() {
    return window.firstSight(++number);
  }
}
