package org.distributedsockets.rabbitmq;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.spi.PublishResult;

/** One frame on its way to the broker, and what became of it. */
final class Publish {
  /** What a frame costs beside its bytes while it waits. */
  private static final int OVERHEAD_BYTES = 128;

  private final String node;
  private final byte[] frame;
  private final CompletableFuture<PublishResult> answer = new CompletableFuture<>();

  Publish(String node, byte[] frame) {
    this.node = node;
    this.frame = frame;
  }

  String node() {
    return node;
  }

  byte[] frame() {
    return frame;
  }

  long cost() {
    return (long) frame.length + OVERHEAD_BYTES;
  }

  CompletionStage<PublishResult> stage() {
    return answer.minimalCompletionStage();
  }

  /** Runs dependents, so no lock may be held. */
  void complete(PublishResult result) {
    answer.complete(result);
  }
}
