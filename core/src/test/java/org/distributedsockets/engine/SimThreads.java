package org.distributedsockets.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Calls that take virtual time. Only one thread ever runs: the simulation hands control to a worker
 * and waits until it sleeps or ends. So a simulation stays deterministic, and only slow calls pay
 * for it.
 */
final class SimThreads {

  /** Ends the calls of a process that was killed in the middle of them. */
  static final class KilledError extends Error {
    private static final long serialVersionUID = 1L;

    KilledError() {
      super("killed", null, false, false);
    }
  }

  private static final ThreadLocal<@Nullable Worker> CURRENT = new ThreadLocal<>();
  private static final ArrayDeque<Worker> IDLE = new ArrayDeque<>();

  private final SimEvents events;
  private final Set<Worker> asleep = new LinkedHashSet<>();

  SimThreads(SimEvents events) {
    this.events = events;
  }

  /** Runs a task that may sleep. Returns when it ended or sleeps. */
  void run(SimProcess owner, Runnable task) {
    Worker worker;
    synchronized (IDLE) {
      worker = IDLE.poll();
    }
    if (worker == null) {
      worker = new Worker();
      worker.start();
    }
    worker.owner = owner;
    worker.task = task;
    goOn(worker);
  }

  private void goOn(Worker worker) {
    worker.failure = null;
    worker.mayRun.release();
    worker.hasStopped.acquireUninterruptibly();
    Throwable failure = worker.failure;
    if (worker.task == null) {
      // Only now: other simulations take workers from there, too.
      synchronized (IDLE) {
        IDLE.push(worker);
      }
    }
    if (failure != null) {
      throw new IllegalStateException("a slow call failed", failure);
    }
  }

  /** Called on a worker. */
  void sleep(long nanos) {
    Worker worker = CURRENT.get();
    if (worker == null) {
      throw new IllegalStateException("a call that was not to block was slow");
    }
    if (worker.killed) {
      throw new KilledError();
    }
    asleep.add(worker);
    events.at(worker.owner, nanos, () -> wake(worker));
    worker.hasStopped.release();
    worker.mayRun.acquireUninterruptibly();
    if (worker.killed) {
      throw new KilledError();
    }
  }

  private void wake(Worker worker) {
    if (asleep.remove(worker)) {
      goOn(worker);
    }
  }

  /** Ends the sleeping calls of one process, or of all. */
  void kill(@Nullable SimProcess owner) {
    List<Worker> victims = new ArrayList<>();
    asleep.forEach(
        worker -> {
          if (owner == null || worker.owner == owner) {
            victims.add(worker);
          }
        });
    for (Worker worker : victims) {
      worker.killed = true;
      wake(worker);
    }
  }

  private static final class Worker extends Thread {
    final Semaphore mayRun = new Semaphore(0);
    final Semaphore hasStopped = new Semaphore(0);
    @Nullable SimProcess owner;
    @Nullable Runnable task;
    @Nullable Throwable failure;
    boolean killed;

    Worker() {
      super("sim-worker");
      setDaemon(true);
    }

    @Override
    public void run() {
      CURRENT.set(this);
      while (true) {
        mayRun.acquireUninterruptibly();
        try {
          if (task != null) {
            task.run();
          }
        } catch (KilledError e) {
          // It was to end here.
        } catch (Throwable e) {
          failure = e;
        }
        task = null;
        owner = null;
        killed = false;
        hasStopped.release();
      }
    }
  }
}
