package org.distributedsockets.opentelemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.Locale;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.MessageTracing;
import org.jspecify.annotations.Nullable;

/**
 * Makes two kinds of spans: {@code distributed-sockets send} (kind PRODUCER), from the acceptance
 * of a message, from a client's frame or a call of {@code send}, to its outcome; and under it, on
 * each node that has the recipient, {@code distributed-sockets deliver} (kind CONSUMER), until the
 * message is written to the sockets. What travels is the {@code traceparent} of <a
 * href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>.
 *
 * <p>The parent of a send is the span that is current where {@code send} is called. A message that
 * is not sampled carries nothing and has no further span. No span tells the text of a message or
 * the name of a user. Thread-safe.
 */
public final class OpenTelemetryTracing implements MessageTracing {
  private static final String SCOPE = "org.distributedsockets";
  private static final String TRACEPARENT = "traceparent";
  private static final AttributeKey<String> NODE =
      AttributeKey.stringKey("distributed_sockets.node");
  private static final AttributeKey<String> ADDRESS =
      AttributeKey.stringKey("distributed_sockets.address_kind");
  private static final AttributeKey<String> OUTCOME =
      AttributeKey.stringKey("distributed_sockets.outcome");
  private static final AttributeKey<Long> CONNECTIONS =
      AttributeKey.longKey("distributed_sockets.connections");

  private final Tracer tracer;
  private final String nodeId;

  /**
   * Makes one for a node.
   *
   * @param openTelemetry the application's
   * @param nodeId the node's id, an attribute of each span
   */
  public OpenTelemetryTracing(OpenTelemetry openTelemetry, String nodeId) {
    this.tracer = openTelemetry.getTracer(SCOPE);
    this.nodeId = nodeId;
  }

  @Override
  public @Nullable Sending accepted(Address to) {
    Span span = begin("distributed-sockets send", SpanKind.PRODUCER, to, Context.current());
    if (!span.getSpanContext().isSampled()) {
      span.end();
      return null;
    }
    return new SendSpan(span);
  }

  @Override
  public @Nullable Delivering delivering(String traceContext, Address to) {
    Context parent =
        W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), traceContext, OneHeader.INSTANCE);
    if (!Span.fromContext(parent).getSpanContext().isValid()) {
      return null;
    }
    Span span = begin("distributed-sockets deliver", SpanKind.CONSUMER, to, parent);
    return connections -> {
      span.setAttribute(CONNECTIONS, (long) connections);
      span.end();
    };
  }

  private Span begin(String name, SpanKind kind, Address to, Context parent) {
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind).setParent(parent);
    return builder
        .setAttribute(NODE, nodeId)
        .setAttribute(ADDRESS, to.kind().name().toLowerCase(Locale.ROOT))
        .startSpan();
  }

  private record SendSpan(Span span) implements Sending {
    @Override
    public String context() {
      String[] value = new String[1];
      W3CTraceContextPropagator.getInstance()
          .inject(
              Context.root().with(span),
              value,
              (carrier, key, text) -> {
                if (carrier != null && key.equals(TRACEPARENT)) {
                  carrier[0] = text;
                }
              });
      return value[0];
    }

    @Override
    public void ended(Outcome outcome) {
      span.setAttribute(OUTCOME, outcome.status().name().toLowerCase(Locale.ROOT));
      if (outcome.status() == Outcome.Status.UNAVAILABLE) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    }
  }

  /** A carrier that is the value of the one header there is. */
  private enum OneHeader implements TextMapGetter<String> {
    INSTANCE;

    @Override
    public @Nullable String get(@Nullable String carrier, String key) {
      return key.equals(TRACEPARENT) ? carrier : null;
    }
  }
}
