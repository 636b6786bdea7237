package org.distributedsockets.memory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.memory.MemoryCluster.Scheduler;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/** One frame on its way from a publisher to the broker, and the answer on its way back. */
final class Publish {
  private final String node;
  private final byte[] frame;
  private final CompletableFuture<PublishResult> answer = new CompletableFuture<>();

  /** What the broker said; null until the frame arrived there. Guarded by the broker. */
  private @Nullable PublishResult result;

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

  CompletionStage<PublishResult> stage() {
    return answer.minimalCompletionStage();
  }

  boolean hasArrived() {
    return result != null;
  }

  void arrive(Broker broker) {
    result = broker.accept(node, frame);
  }

  void completeSoon(PublishResult completion, Scheduler scheduler) {
    scheduler.execute(() -> answer.complete(completion));
  }

  /** Runs dependents, so no lock may be held. */
  void complete(PublishResult completion) {
    answer.complete(completion);
  }

  @Nullable PublishResult result() {
    return result;
  }
}
