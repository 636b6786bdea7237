package org.distributedsockets.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.distributedsockets.spi.BusListener;

/** Keeps what it is told, as {@code up}, {@code down} and {@code taken over: node}. Thread-safe. */
public final class RecordingBusListener implements BusListener {
  private final AtomicInteger inside = new AtomicInteger();

  // The fields below are guarded by this.
  private final List<String> calls = new ArrayList<>();
  private boolean overlapped;

  /** Makes one that was told nothing. */
  public RecordingBusListener() {}

  @Override
  public void onUp() {
    record("up");
  }

  @Override
  public void onDown(String reason) {
    record("down");
  }

  @Override
  public void onInboxTakenOver(String node) {
    record("taken over: " + node);
  }

  /**
   * What it was told.
   *
   * @return the calls, in order
   */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /**
   * How often it was told something.
   *
   * @param call the call
   * @return the number
   */
  public synchronized long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  /**
   * Whether two calls came at the same time.
   *
   * @return false if each waited for the one before
   */
  public synchronized boolean hasOverlapped() {
    return overlapped;
  }

  private void record(String call) {
    boolean alone = inside.incrementAndGet() == 1;
    synchronized (this) {
      calls.add(call);
      overlapped |= !alone;
    }
    inside.decrementAndGet();
  }
}
