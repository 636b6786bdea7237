package org.distributedsockets.examples.benchmarks;

import com.google.gson.Gson;

/** How a process that measured says what it saw to the one that started it. */
public final class Report {
  static final String PREFIX = "result: ";

  private Report() {}

  /**
   * Says it.
   *
   * @param result what Gson can write
   */
  public static void print(Object result) {
    System.out.println(PREFIX + new Gson().toJson(result));
  }
}
