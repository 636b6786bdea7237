package org.distributedsockets.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.UUID;
import java.util.function.Consumer;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RecordingBusListener;
import org.distributedsockets.testkit.RecordingErrorListener;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.TcpProxy;

/** One node of a test, with a network of its own. Leaves no queue if its inbox is empty. */
final class Member implements AutoCloseable {
  final String id = "m-" + UUID.randomUUID().toString().substring(0, 13);
  final RecordingBusListener listener = new RecordingBusListener();
  final RecordingErrorListener errors = new RecordingErrorListener();
  final TcpProxy network = TcpProxy.to(RabbitServer.own().address());
  final MessageBus bus;

  Member() {
    this(builder -> {});
  }

  Member(Consumer<Settings.Builder> more) {
    bus = Buses.open(id, Buses.settings(network.address(), more), listener, errors);
  }

  Inbox openBound(InboundHandler handler) {
    Inbox inbox = Eventually.succeeds("the inbox to be free", () -> bus.open(id, handler));
    inbox.bind();
    return inbox;
  }

  PublishResult send(Member to, String text) {
    return Eventually.result("a result", bus.publish(to.id, text.getBytes(UTF_8)));
  }

  void awaitCalls(String call, long count) {
    Eventually.holds(
        () -> count + " times " + call + "; so far " + listener.calls(),
        () -> listener.count(call) >= count);
  }

  /** The way a drained node leaves. */
  void leave(Inbox inbox) {
    Eventually.holds(
        "the queue to be unbound and deleted",
        () ->
            Eventually.succeeds(
                "a connection",
                () -> {
                  inbox.unbind();
                  return inbox.deleteIfEmpty();
                }));
    close();
  }

  @Override
  public void close() {
    bus.close();
    network.close();
  }
}
