package org.distributedsockets.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.distributedsockets.ErrorListener;
import org.jspecify.annotations.Nullable;

/** Keeps the failures it is told of. Thread-safe. */
public final class RecordingErrorListener implements ErrorListener {
  private final List<Throwable> causes = new CopyOnWriteArrayList<>();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Makes one that was told nothing. */
  public RecordingErrorListener() {}

  @Override
  public void onError(String what, @Nullable Throwable cause) {
    lines.add(what);
    if (cause != null) {
      causes.add(cause);
    }
  }

  /**
   * The lines.
   *
   * @return in the order they came
   */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /**
   * The failures that came with a line.
   *
   * @return in the order they came
   */
  public List<Throwable> causes() {
    return List.copyOf(causes);
  }
}
