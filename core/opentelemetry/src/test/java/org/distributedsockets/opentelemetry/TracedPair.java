package org.distributedsockets.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.WebSocketChannel;
import org.distributedsockets.testkit.Eventually;
import org.jspecify.annotations.Nullable;

/** Two nodes whose spans go to one exporter each, alice on the near one and bob on the far one. */
final class TracedPair implements AutoCloseable {
  private static final AttributeKey<String> NODE =
      AttributeKey.stringKey("distributed_sockets.node");
  private static final AttributeKey<String> OUTCOME =
      AttributeKey.stringKey("distributed_sockets.outcome");
  private static final AttributeKey<Long> CONNECTIONS =
      AttributeKey.longKey("distributed_sockets.connections");

  private final String suffix = UUID.randomUUID().toString().substring(0, 8);
  private final Telemetry nearTelemetry = telemetry(SdkTracerProvider.builder());
  private final Telemetry farTelemetry = telemetry(SdkTracerProvider.builder());
  private final SocketNode near;
  private final SocketNode far;
  private final ClientSession alice;
  private final Socket bob = new Socket();

  /** An SDK and what it exported. */
  record Telemetry(OpenTelemetry openTelemetry, InMemorySpanExporter exporter) {}

  static Telemetry telemetry(SdkTracerProviderBuilder provider) {
    InMemorySpanExporter exporter = InMemorySpanExporter.create();
    return new Telemetry(
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                provider.addSpanProcessor(SimpleSpanProcessor.create(exporter)).build())
            .build(),
        exporter);
  }

  TracedPair(
      ConnectionRegistryProvider registry,
      MessageBusProvider bus,
      Consumer<Settings.Builder> settings) {
    near = node("near-" + suffix, nearTelemetry, registry, bus, settings);
    far = node("far-" + suffix, farTelemetry, registry, bus, settings);
    near.start();
    far.start();
    alice = near.attach(new Socket(), "alice", Map.of());
    far.attach(bob, "bob", Map.of());
    Eventually.holds(
        "bob to be found",
        () ->
            Eventually.result("an outcome", near.send(Address.user("bob"), "0"))
                .equals(Outcome.delivered(1)));
    nearTelemetry.exporter().reset();
    farTelemetry.exporter().reset();
  }

  private static SocketNode node(
      String id,
      Telemetry telemetry,
      ConnectionRegistryProvider registry,
      MessageBusProvider bus,
      Consumer<Settings.Builder> more) {
    Settings.Builder settings = Settings.builder();
    more.accept(settings);
    return SocketNode.builder()
        .nodeId(id)
        .settings(settings.build())
        .registry(registry)
        .bus(bus)
        .tracing(new OpenTelemetryTracing(telemetry.openTelemetry(), id))
        .build();
  }

  void followsAFrame() {
    int before = bob.written.get();
    alice.text("{\"to\":\"bob\",\"body\":\"secret\",\"id\":\"c1\"}", true);

    SpanData send = only(nearTelemetry);
    SpanData deliver = only(farTelemetry);
    assertEquals(before + 1, bob.written.get());
    assertEquals(SpanKind.PRODUCER, send.getKind());
    assertEquals("delivered", send.getAttributes().get(OUTCOME));
    assertEquals("near-" + suffix, send.getAttributes().get(NODE));
    assertTrue(!send.getParentSpanContext().isValid());
    assertUnder(send, deliver);
    assertTrue(!(send + " " + deliver).contains("secret"));
    assertTrue(!(send + " " + deliver).contains("bob"));
  }

  void followsACall() {
    Span request =
        nearTelemetry.openTelemetry().getTracer("application").spanBuilder("request").startSpan();
    CompletionStage<Outcome> outcome =
        Context.current()
            .with(request)
            .wrapSupplier(() -> near.send(Address.user("bob"), "1"))
            .get();
    assertEquals(Outcome.delivered(1), Eventually.result("an outcome", outcome));

    SpanData send = only(nearTelemetry);
    assertEquals(request.getSpanContext().getTraceId(), send.getTraceId());
    assertEquals(request.getSpanContext().getSpanId(), send.getParentSpanId());
    assertUnder(send, only(farTelemetry));
    request.end();
  }

  private void assertUnder(SpanData send, SpanData deliver) {
    assertEquals("distributed-sockets send", send.getName());
    assertEquals("distributed-sockets deliver", deliver.getName());
    assertEquals(SpanKind.CONSUMER, deliver.getKind());
    assertEquals(send.getTraceId(), deliver.getTraceId());
    assertEquals(send.getSpanId(), deliver.getParentSpanId());
    assertEquals("far-" + suffix, deliver.getAttributes().get(NODE));
    assertEquals(1, deliver.getAttributes().get(CONNECTIONS));
  }

  private static SpanData only(Telemetry telemetry) {
    Eventually.holds("a span", () -> !telemetry.exporter().getFinishedSpanItems().isEmpty());
    List<SpanData> spans = telemetry.exporter().getFinishedSpanItems();
    assertEquals(1, spans.size(), spans.toString());
    return spans.get(0);
  }

  @Override
  public void close() {
    far.drain(Duration.ofSeconds(5));
    near.drain(Duration.ofSeconds(5));
    far.close();
    near.close();
  }

  /** A client that reads at once. Thread-safe. */
  private static final class Socket implements WebSocketChannel {
    final AtomicInteger written = new AtomicInteger();
    private volatile boolean closed;

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      written.incrementAndGet();
      done.accept(null);
    }

    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {
      closed = true;
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }
  }
}
