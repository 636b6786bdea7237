package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.spi.TimeSource;

/** Time that passes only when told to. Thread-safe. */
public final class ManualTimeSource implements TimeSource {
  private final AtomicLong nanos;

  /** Begins shortly before the reading overflows, because a clock may begin anywhere. */
  public ManualTimeSource() {
    nanos = new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  /**
   * Lets time pass.
   *
   * @param duration how much; not negative
   */
  public void advance(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }
}
