package org.distributedsockets.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Holds back what lanes send because of one batch until all of it was handed out, so that what is
 * for the same client leaves in one write. Only sends of the thread that hands the batch out are
 * held; what other threads have for a lane that is held follows it.
 */
final class Cork {
  /**
   * A message for many clients would else pile up in their lanes before the first of them sends.
   */
  private static final int MOST_HELD = 64;

  private volatile @Nullable Thread holder;

  /** Only touched by the holder. */
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();

  /** Hands something out. For one thread at a time. */
  void during(Runnable work) {
    holder = Thread.currentThread();
    try {
      work.run();
    } finally {
      holder = null;
      runHeld();
    }
  }

  /** Whether this thread is handing something out. */
  boolean isHeldHere() {
    return holder == Thread.currentThread();
  }

  /**
   * Runs something: at the end of what this thread hands out, or now if it hands out nothing. If
   * much is held already that goes first, inside this call.
   */
  void run(Runnable action) {
    if (!isHeldHere()) {
      action.run();
      return;
    }
    if (held.size() >= MOST_HELD) {
      runHeld();
    }
    held.add(action);
  }

  private void runHeld() {
    RuntimeException failure = null;
    for (Runnable action = held.poll(); action != null; action = held.poll()) {
      try {
        action.run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
