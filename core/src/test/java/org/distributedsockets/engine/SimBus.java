package org.distributedsockets.engine;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;

/**
 * A process's own end of the bus: what arrives from the broker happens as events of the process, in
 * order, so that it waits while the process is frozen and is lost when it is killed.
 */
final class SimBus implements MessageBus {
  private final SimWorld world;
  private final SimProcess process;
  private final MessageBus broker;
  private final SimEvents.Line confirms = new SimEvents.Line();

  SimBus(SimWorld world, SimProcess process, MessageBus broker) {
    this.world = world;
    this.process = process;
    this.broker = broker;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends in result
  public CompletionStage<PublishResult> publish(String node, byte[] frame) {
    CompletableFuture<PublishResult> result = new CompletableFuture<>();
    broker
        .publish(node, frame)
        .whenComplete(
            (answer, failure) ->
                world.events().inLine(confirms, process, () -> result.complete(answer)));
    return result;
  }

  @Override
  public int maxFrameBytes() {
    return broker.maxFrameBytes();
  }

  @Override
  public Inbox open(String node, InboundHandler handler) {
    return broker.open(node, asEvents(node, handler));
  }

  @Override
  public Optional<Inbox> adopt(String node, InboundHandler handler) {
    Optional<Inbox> inbox = broker.adopt(node, asEvents(node, handler));
    if (inbox.isPresent()) {
      world.oracle().adopted(process, node);
    }
    return inbox;
  }

  private InboundHandler asEvents(String node, InboundHandler handler) {
    SimEvents.Line frames = new SimEvents.Line();
    return (frame, acknowledgement) ->
        world
            .events()
            .inLine(
                frames,
                process,
                () -> {
                  world.oracle().handedTo(process, node, frame);
                  handler.onFrame(frame, acknowledgement);
                });
  }

  @Override
  public void close() {
    broker.close();
  }

  /** Tells a process how the bus is, as events of the process. */
  static final class Listener implements BusListener {
    private final SimEvents events;
    private final SimProcess process;
    private final BusListener told;
    private final SimEvents.Line line = new SimEvents.Line();

    Listener(SimEvents events, SimProcess process, BusListener told) {
      this.events = events;
      this.process = process;
      this.told = told;
    }

    @Override
    public void onUp() {
      events.inLine(line, process, told::onUp);
    }

    @Override
    public void onDown(String reason) {
      events.inLine(line, process, () -> told.onDown(reason));
    }

    @Override
    public void onInboxTakenOver(String node) {
      events.inLine(line, process, () -> told.onInboxTakenOver(node));
    }
  }
}
