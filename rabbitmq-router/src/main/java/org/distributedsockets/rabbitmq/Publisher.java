package org.distributedsockets.rabbitmq;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusNews;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.spi.SpiContext;
import org.jspecify.annotations.Nullable;

/**
 * Takes frames from any thread and writes them one at a time: a channel must not be written to by
 * two threads, and sequence number and frame belong together. A frame that comes alone is written
 * by the thread that brings it, if it fits into the socket's buffer for certain, so that nobody is
 * held up; all others by a thread of its own. That one makes the next connection when one is lost,
 * too, so that the end of the old one is settled, in order, before the new one begins.
 *
 * <p>When a connection is lost, what was written and not answered becomes UNKNOWN and then what
 * waited REFUSED, oldest first. Until there is a new one everything is REFUSED at once. While the
 * broker blocks publishers, frames wait.
 */
final class Publisher {
  /** More is REFUSED. The node's own outbox holds no more than this by default. */
  private static final long MAX_WAITING_BYTES = 64L << 20;

  private static final int MAX_UNANSWERED = 1 << 16;
  private static final int BURST = 64;
  private static final long CLOSE_MILLIS = 2_000;

  private final Connector connector;
  private final BusNews news;
  private final ErrorListener errors;
  private final SpiContext context;
  private final long confirmTimeoutNanos;
  private final Thread writer;
  private final PublishSession.Observer observer = new SessionObserver();
  private final Backoff backoff = new Backoff();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();

  // The fields below are guarded by the lock.
  private final ArrayDeque<Publish> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private @Nullable PublishSession session;
  private boolean idle;

  /** Whether some thread writes. */
  private boolean writing;

  private boolean closed;

  private Publisher(Connector connector, RabbitThreads threads, BusNews news, SpiContext context) {
    this.connector = connector;
    this.news = news;
    this.errors = context.errors();
    this.context = context;
    this.confirmTimeoutNanos = context.settings().get(RabbitSettings.CONFIRM_TIMEOUT).toNanos();
    this.writer = threads.publish(this::run);
  }

  /**
   * Connects and begins.
   *
   * @throws BusException if it cannot connect
   */
  static Publisher start(
      Connector connector, RabbitThreads threads, BusNews news, SpiContext context) {
    Publisher publisher = new Publisher(connector, threads, news, context);
    publisher.begin(PublishSession.open(connector, publisher.observer, context.time()));
    publisher.writer.start();
    return publisher;
  }

  CompletionStage<PublishResult> publish(String node, byte[] frame) {
    Publish publish = new Publish(node, frame);
    PublishSession now = null;
    boolean taken;
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the bus of node " + context.nodeId() + " was closed");
      }
      PublishSession current = session;
      taken = current != null && waitingBytes + publish.cost() <= MAX_WAITING_BYTES;
      if (current != null
          && !writing
          && waiting.isEmpty()
          && current.takesWithoutWaiting(publish)) {
        now = current;
        writing = true;
      } else if (taken) {
        waiting.add(publish);
        waitingBytes += publish.cost();
        wakeWriter();
      }
    } finally {
      lock.unlock();
    }
    if (now != null) {
      writeNow(now, publish);
    } else if (!taken) {
      publish.complete(PublishResult.REFUSED);
    }
    return publish.stage();
  }

  private void writeNow(PublishSession current, Publish publish) {
    try {
      current.write(publish);
    } catch (Throwable thrown) {
      // Whether it was written is not known; the caller shall not end by it.
      errors.onError("a frame could not be written", thrown);
      current.giveUp("a frame could not be written");
      publish.complete(PublishResult.UNKNOWN);
    } finally {
      written();
    }
  }

  private void written() {
    lock.lock();
    try {
      writing = false;
      wakeWriter();
    } finally {
      lock.unlock();
    }
  }

  /** The caller holds the lock. */
  private void wakeWriter() {
    boolean hasWork = !waiting.isEmpty() || closed || session == null || session.isLost();
    if (idle && !writing && hasWork) {
      idle = false;
      work.signalAll();
    }
  }

  private void wake() {
    lock.lock();
    try {
      wakeWriter();
    } finally {
      lock.unlock();
    }
  }

  /** Gives a connection up whose confirms do not come. Called every now and then. */
  void watch() {
    PublishSession current = session();
    if (current != null) {
      current.watch(confirmTimeoutNanos);
    }
  }

  private @Nullable PublishSession session() {
    lock.lock();
    try {
      return session;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    PublishSession current = session();
    while (current != null) {
      try {
        serve(current);
      } catch (Throwable thrown) {
        errors.onError("the publishing thread failed", thrown);
        current.giveUp("the publishing thread failed");
      }
      end(current);
      current = reconnect();
      if (current != null) {
        begin(current);
      }
    }
  }

  private void begin(PublishSession opened) {
    lock.lock();
    try {
      session = opened;
    } finally {
      lock.unlock();
    }
    news.up();
  }

  /** Writes until the connection is lost or the bus is closed. */
  private void serve(PublishSession current) {
    List<Publish> burst = new ArrayList<>(BURST);
    while (takeBurst(current, burst)) {
      int taken = 0;
      try {
        while (taken < burst.size() && !current.isLost() && !current.isBlocked()) {
          taken++;
          current.write(burst.get(taken - 1));
        }
      } finally {
        putBack(burst.subList(taken, burst.size()));
        written();
      }
      burst.clear();
    }
  }

  private boolean takeBurst(PublishSession current, List<Publish> burst) {
    lock.lock();
    try {
      while (true) {
        if (closed || current.isLost()) {
          return false;
        }
        int room = Math.min(BURST, MAX_UNANSWERED - current.unanswered());
        if (!writing && !waiting.isEmpty() && room > 0 && !current.isBlocked()) {
          writing = true;
          while (!waiting.isEmpty() && burst.size() < room) {
            Publish next = waiting.remove();
            waitingBytes -= next.cost();
            burst.add(next);
          }
          return true;
        }
        idle = true;
        work.awaitUninterruptibly();
      }
    } finally {
      idle = false;
      lock.unlock();
    }
  }

  private void putBack(List<Publish> notWritten) {
    lock.lock();
    try {
      for (int i = notWritten.size() - 1; i >= 0; i--) {
        waiting.addFirst(notWritten.get(i));
        waitingBytes += notWritten.get(i).cost();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(PublishSession ended) {
    ended.end();
    List<Confirms.Settled> unknown;
    List<Publish> refused;
    boolean byUs;
    lock.lock();
    try {
      // A thread that writes at this moment is not held up any more: the connection is gone.
      while (writing) {
        idle = true;
        work.awaitUninterruptibly();
      }
      idle = false;
      unknown = ended.unknown();
      session = null;
      refused = new ArrayList<>(waiting);
      waiting.clear();
      waitingBytes = 0;
      byUs = closed;
    } finally {
      lock.unlock();
    }
    if (!byUs) {
      news.down(ended.lossReason());
    }
    unknown.forEach(Confirms.Settled::tell);
    refused.forEach(publish -> publish.complete(PublishResult.REFUSED));
    if (ended.hasEverAnswered()) {
      backoff.reset();
    }
  }

  /** Returns null when the bus was closed. */
  private @Nullable PublishSession reconnect() {
    String told = "";
    while (pause(backoff.nextPauseMillis())) {
      try {
        PublishSession opened = PublishSession.open(connector, observer, context.time());
        if (!isClosed()) {
          return opened;
        }
        opened.kill();
      } catch (RuntimeException e) {
        String line = Failures.text(e);
        if (!line.equals(told) && !isClosed()) {
          told = line;
          errors.onError(line, e instanceof BusException ? null : e);
        }
      }
    }
    return null;
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Returns false as soon as the bus is closed. */
  private boolean pause(long millis) {
    long leftNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lock();
    try {
      while (!closed && leftNanos > 0) {
        leftNanos = work.awaitNanos(leftNanos);
      }
      return !closed;
    } catch (InterruptedException e) {
      // Nobody has a reason to interrupt this thread; the next pause may be whole again.
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the connection; what has no result yet gets one. Bounded. */
  void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    if (Thread.currentThread() == writer || joinWriter()) {
      return;
    }
    PublishSession stuck = session();
    if (stuck != null) {
      stuck.kill();
      joinWriter();
    }
  }

  private boolean joinWriter() {
    try {
      writer.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !writer.isAlive();
  }

  private final class SessionObserver implements PublishSession.Observer {
    @Override
    public void blocked(String reason) {
      news.down("blocked by RabbitMQ (" + reason + ")");
    }

    @Override
    public void unblocked() {
      news.up();
      wake();
    }

    @Override
    public void answered(int howMany) {
      wake();
    }

    @Override
    public void lost() {
      wake();
    }
  }
}
