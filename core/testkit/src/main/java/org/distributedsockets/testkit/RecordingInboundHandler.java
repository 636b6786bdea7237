package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.distributedsockets.spi.InboundHandler;

/** Keeps the frames it gets, and acknowledges those it is told to. Thread-safe. */
public final class RecordingInboundHandler implements InboundHandler {
  private final Predicate<String> acknowledges;
  private final AtomicInteger inside = new AtomicInteger();

  // The fields below are guarded by this.
  private final List<Received> received = new ArrayList<>();
  private boolean overlapped;

  private RecordingInboundHandler(Predicate<String> acknowledges) {
    this.acknowledges = acknowledges;
  }

  /**
   * Makes one.
   *
   * @return a handler that acknowledges each frame at once
   */
  public static RecordingInboundHandler acknowledging() {
    return acknowledging(frame -> true);
  }

  /**
   * Makes one.
   *
   * @param which the frames to acknowledge at once, by their text
   * @return a handler that keeps the others unacknowledged
   */
  public static RecordingInboundHandler acknowledging(Predicate<String> which) {
    return new RecordingInboundHandler(which);
  }

  /**
   * Makes one.
   *
   * @return a handler that acknowledges nothing by itself
   */
  public static RecordingInboundHandler holding() {
    return acknowledging(frame -> false);
  }

  @Override
  public void onFrame(byte[] frame, Acknowledgement acknowledgement) {
    boolean alone = inside.incrementAndGet() == 1;
    Received latest = new Received(frame, acknowledgement);
    // Before it is told: who waits for a frame may close the inbox then.
    if (acknowledges.test(latest.text())) {
      acknowledgement.acknowledge();
    }
    synchronized (this) {
      received.add(latest);
      overlapped |= !alone;
    }
    inside.decrementAndGet();
  }

  /**
   * What came.
   *
   * @return the deliveries, in order
   */
  public synchronized List<Received> received() {
    return List.copyOf(received);
  }

  /**
   * What came, as text.
   *
   * @return the frames' texts, in order
   */
  public List<String> texts() {
    return received().stream().map(Received::text).toList();
  }

  /**
   * How many came.
   *
   * @return the number of deliveries
   */
  public synchronized int count() {
    return received.size();
  }

  /**
   * Whether two frames came at the same time.
   *
   * @return false if each waited for the one before
   */
  public synchronized boolean hasOverlapped() {
    return overlapped;
  }

  /**
   * Waits for frames.
   *
   * @param count at least how many
   * @return all texts by then, in order
   */
  public List<String> awaitTexts(int count) {
    Eventually.holds(() -> count + " frames; so far " + count(), () -> count() >= count);
    return texts();
  }

  /** One delivery. */
  public static final class Received {
    private final byte[] frame;
    private final Acknowledgement acknowledgement;

    private Received(byte[] frame, Acknowledgement acknowledgement) {
      this.frame = frame;
      this.acknowledgement = acknowledgement;
    }

    /**
     * The bytes.
     *
     * @return the frame as it came
     */
    public byte[] frame() {
      return frame;
    }

    /**
     * The text.
     *
     * @return the frame read as UTF-8
     */
    public String text() {
      return new String(frame, UTF_8);
    }

    /** Acknowledges it. */
    public void acknowledge() {
      acknowledgement.acknowledge();
    }
  }
}
