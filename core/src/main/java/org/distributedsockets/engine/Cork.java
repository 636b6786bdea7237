package org.distributedsockets.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Holds back what lanes send because of one batch until all of it was handed out, so that what is
 * for the same client leaves in one write. Only sends of the thread that hands the batch out are
 * held: nobody else waits for it.
 */
final class Cork {
  /** A batch for many clients would else pile up in their lanes before the first of them sends. */
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
      sendHeld();
    }
  }

  /**
   * Holds a send back, if this thread is handing something out.
   *
   * @return false if it has to go now
   */
  boolean holds(Runnable send) {
    return holder == Thread.currentThread() && held.add(send);
  }

  /** To be called between two messages. */
  void sendIfMany() {
    if (holder == Thread.currentThread() && held.size() >= MOST_HELD) {
      sendHeld();
    }
  }

  private void sendHeld() {
    for (Runnable send = held.poll(); send != null; send = held.poll()) {
      send.run();
    }
  }
}
