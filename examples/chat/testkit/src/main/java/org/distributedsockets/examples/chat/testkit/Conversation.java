package org.distributedsockets.examples.chat.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.Eventually;

/**
 * Somebody writes numbers to somebody else at a steady pace, each with a receipt, until it is
 * ended. Whatever happens meanwhile, each must arrive once and in its place. For one thread.
 */
public final class Conversation {
  private static final long PACE_NANOS = 5_000_000L;
  private static final Pattern RECEIPT =
      Pattern.compile("\\{\"receipt\":\"(\\d+)\",\"status\":\"([a-z]+)\".*}");

  private final ChatClient from;
  private final ChatClient to;
  private final CompletableFuture<Void> writing;
  private volatile boolean over;
  private final AtomicInteger written = new AtomicInteger();

  /**
   * Begins, and waits until a hundred were written.
   *
   * @param from who writes
   * @param to who is written to
   */
  public Conversation(ChatClient from, ChatClient to) {
    this.from = from;
    this.to = to;
    this.writing = CompletableFuture.runAsync(this::write);
    awaitMore(100);
  }

  private void write() {
    while (!over) {
      int number = written.get();
      from.send("{\"to\":\"" + to.user() + "\",\"body\":" + number + ",\"id\":\"" + number + "\"}");
      written.incrementAndGet();
      LockSupport.parkNanos(PACE_NANOS);
    }
  }

  /**
   * Waits until so many more were written, arrived or not.
   *
   * @param messages how many
   */
  public void awaitMore(int messages) {
    int until = written.get() + messages;
    Eventually.holds(
        () -> written + " of " + until + " messages written",
        () -> written.get() >= until || writing.isDone());
  }

  /**
   * Waits until one arrives.
   *
   * @return for how long, in milliseconds
   */
  public long awaitArrival() {
    long start = System.nanoTime();
    int before = to.waiting();
    Eventually.holds("one more to arrive", () -> to.waiting() > before);
    return (System.nanoTime() - start) / 1_000_000;
  }

  /**
   * Stops writing, and checks that each message arrived once and in order, and that each had one
   * receipt.
   *
   * @return how many receipts there were of each status
   * @throws InterruptedException if the thread is interrupted
   */
  public Map<String, Integer> end() throws InterruptedException {
    over = true;
    Eventually.result("the writer", writing);
    for (int i = 0; i < written.get(); i++) {
      assertEquals(
          "{\"from\":\"" + from.user() + "\",\"to\":\"" + to.user() + "\",\"body\":" + i + "}",
          to.next());
    }
    Map<String, Integer> statuses = new TreeMap<>();
    Set<String> answered = new HashSet<>();
    for (int i = 0; i < written.get(); i++) {
      Matcher receipt = RECEIPT.matcher(from.next());
      assertTrue(receipt.matches(), receipt::toString);
      assertTrue(answered.add(receipt.group(1)), receipt::toString);
      statuses.merge(receipt.group(2), 1, Integer::sum);
    }
    assertEquals(0, to.waiting(), "doubles");
    return statuses;
  }
}
