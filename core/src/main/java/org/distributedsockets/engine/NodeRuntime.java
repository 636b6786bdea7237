package org.distributedsockets.engine;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.distributedsockets.spi.TimeSource;

/**
 * Time, threads and chance, lent to the engine so that a test can own them.
 *
 * @param time monotonic time
 * @param wallClock the time of day, for credentials that expire
 * @param timers runs things later
 * @param blocking where the registry and the slow calls of the bus are waited for; bounded
 * @param sockets where a container may hold up a ping or a close; bounded
 * @param callbacks where the application's code runs
 * @param waits how a thread waits for another
 * @param random fresh random numbers, for incarnations and connection ids from a secure source
 */
record NodeRuntime(
    TimeSource time,
    InstantSource wallClock,
    Timers timers,
    Executor blocking,
    Executor sockets,
    Executor callbacks,
    Waits waits,
    LongSupplier random) {

  /** With threads that really wait. */
  NodeRuntime(
      TimeSource time,
      InstantSource wallClock,
      Timers timers,
      Executor blocking,
      Executor sockets,
      Executor callbacks,
      LongSupplier random) {
    this(time, wallClock, timers, blocking, sockets, callbacks, Waits.BLOCKING, random);
  }

  long nanoTime() {
    return time.nanoTime();
  }

  /** A delay within a tenth of the given one, so that nodes do not act in step. */
  long jittered(long nanos) {
    long tenth = Math.max(1, nanos / 10);
    return nanos - tenth + Math.floorMod(random.getAsLong(), 2 * tenth);
  }
}
