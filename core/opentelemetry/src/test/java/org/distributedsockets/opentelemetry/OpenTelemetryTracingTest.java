package org.distributedsockets.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.UUID;
import org.distributedsockets.Address;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OpenTelemetryTracingTest {
  private final String cluster = "tracing-" + UUID.randomUUID();

  private TracedPair pair() {
    return new TracedPair(
        new MemoryConnectionRegistryProvider(),
        new MemoryMessageBusProvider(),
        settings -> settings.set(MemorySettings.CLUSTER, cluster));
  }

  @Test
  void isOneTraceFromTheClientsFrameToTheSocketsOfAnotherNode() {
    try (TracedPair pair = pair()) {
      pair.followsAFrame();
    }
  }

  @Test
  void isPartOfTheTraceInWhichTheApplicationSends() {
    try (TracedPair pair = pair()) {
      pair.followsACall();
    }
  }

  @Test
  void carriesNothingForAMessageThatIsNotSampled() {
    TracedPair.Telemetry unsampled =
        TracedPair.telemetry(SdkTracerProvider.builder().setSampler(Sampler.alwaysOff()));
    OpenTelemetryTracing tracing = new OpenTelemetryTracing(unsampled.openTelemetry(), "n1");

    assertNull(tracing.accepted(Address.user("bob")));
    assertTrue(unsampled.exporter().getFinishedSpanItems().isEmpty());
  }

  @Test
  void followsNoContextThatIsNone() {
    TracedPair.Telemetry telemetry = TracedPair.telemetry(SdkTracerProvider.builder());
    OpenTelemetryTracing tracing = new OpenTelemetryTracing(telemetry.openTelemetry(), "n1");

    for (String garbage : new String[] {"", "x", "00-0-0-01", "\u0000".repeat(55)}) {
      assertNull(tracing.delivering(garbage, Address.user("bob")), garbage);
    }
    assertEquals(0, telemetry.exporter().getFinishedSpanItems().size());
  }
}
