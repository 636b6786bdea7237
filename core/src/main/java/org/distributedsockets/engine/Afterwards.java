package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done once a lock is released, in its order: most often one thing or none. For one
 * thread at a time.
 */
final class Afterwards {
  private @Nullable Runnable first;
  private @Nullable List<Runnable> more;

  void add(Runnable action) {
    if (first == null) {
      first = action;
    } else {
      if (more == null) {
        more = new ArrayList<>(2);
      }
      more.add(action);
    }
  }

  boolean isEmpty() {
    return first == null;
  }

  /** Adds all to another one, and keeps none. */
  void moveTo(Afterwards other) {
    if (first != null) {
      other.add(first);
    }
    if (more != null) {
      more.forEach(other::add);
    }
    first = null;
    more = null;
  }

  void run() {
    if (first != null) {
      first.run();
    }
    if (more != null) {
      more.forEach(Runnable::run);
    }
  }
}
