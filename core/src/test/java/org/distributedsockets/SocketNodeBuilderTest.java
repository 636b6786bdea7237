package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.SpiContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** What the builder gives where an application gives nothing. */
@Timeout(60)
class SocketNodeBuilderTest {
  /** Held here, because a logger that nobody holds forgets its handlers. */
  private static final Logger LOGGER = Logger.getLogger(SocketNode.class.getName());

  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private String cluster = "";

  @BeforeEach
  void listen(TestInfo test) {
    cluster = test.getDisplayName() + System.nanoTime();
    LOGGER.addHandler(handler);
    LOGGER.setUseParentHandlers(false);
  }

  @AfterEach
  void listenNoMore() {
    LOGGER.removeHandler(handler);
    LOGGER.setUseParentHandlers(true);
  }

  /** Tells the default error listener, as any backend may. */
  private LogRecord logged(String what, @Nullable Throwable cause) {
    ConnectionRegistryProvider telling =
        new ConnectionRegistryProvider() {
          @Override
          public String name() {
            return "telling";
          }

          @Override
          public ConnectionRegistry open(SpiContext context) {
            context.errors().onError(what, cause);
            return new MemoryConnectionRegistryProvider().open(context);
          }
        };
    try (SocketNode node =
        SocketNode.builder()
            .nodeId("n1")
            .settings(Settings.builder().set(MemorySettings.CLUSTER, cluster).build())
            .registry(telling)
            .bus(new MemoryMessageBusProvider())
            .build()) {
      node.start();
    }
    return records.get(0);
  }

  @Test
  void aBackendThatIsAwayIsOneLine() {
    LogRecord record =
        logged("could not renew", new RegistryException("refused", true, new Exception("driver")));
    assertEquals("could not renew: refused", record.getMessage());
    assertNull(record.getThrown());
  }

  @Test
  void aBusThatGaveNoReasonIsNamed() {
    LogRecord record = logged("could not bind", new BusException(null, true, null));
    assertEquals("could not bind: BusException", record.getMessage());
  }

  @Test
  void whatNobodyForesawIsToldInFull() {
    NullPointerException cause = new NullPointerException();
    LogRecord record = logged("a background task failed", cause);
    assertEquals("a background task failed", record.getMessage());
    assertSame(cause, record.getThrown());
  }

  @Test
  void aLineAloneIsTheLine() {
    assertEquals("registering again", logged("registering again", null).getMessage());
  }
}
