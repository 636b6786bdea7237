package org.distributedsockets.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.distributedsockets.ErrorListener;
import org.jspecify.annotations.Nullable;

/** Keeps the lines it is told. Thread-safe. */
final class RecordingErrors implements ErrorListener {
  final List<String> lines = new CopyOnWriteArrayList<>();
  final List<Throwable> causes = new CopyOnWriteArrayList<>();

  @Override
  public void onError(String what, @Nullable Throwable cause) {
    lines.add(what);
    if (cause != null) {
      causes.add(cause);
    }
  }
}
