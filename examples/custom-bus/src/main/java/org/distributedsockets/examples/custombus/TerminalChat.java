package org.distributedsockets.examples.custombus;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.SocketNode;
import org.distributedsockets.StartException;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A chat of terminals. Each is a node of its own with one client, who has no WebSocket but a
 * screen. The line {@code bob "hello"} goes to bob, at whichever terminal he sits.
 */
public final class TerminalChat {
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  private TerminalChat() {}

  /**
   * Runs until its input ends.
   *
   * @param arguments the user, whose name is the node's id, too
   * @throws IOException if the input cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      giveUp("say who you are: one argument, the user");
      return;
    }
    String user = arguments[0];
    try (SocketNode node = node(user)) {
      node.start();
      Screen screen = new Screen();
      screen.session = node.attach(screen, user, Map.of());
      System.out.println("ready: " + user);
      chat(node, user, new BufferedReader(new InputStreamReader(System.in, UTF_8)));
      node.drain(DRAIN_LIMIT);
    } catch (SettingsException | StartException e) {
      giveUp(String.valueOf(e.getMessage()));
    }
  }

  /** Nothing says which bus: the one over NATS is found on the class path. */
  private static SocketNode node(String user) {
    Settings settings = Settings.builder().environment(System.getenv()).build();
    return SocketNode.builder().nodeId(user).settings(settings).build();
  }

  private static void chat(SocketNode node, String user, BufferedReader input) throws IOException {
    SendOptions options = SendOptions.defaults().withFrom(user);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.strip().split("\\s+", 2);
      if (words.length < 2) {
        System.out.println("write who gets it, a space, and JSON: bob \"hello\"");
        continue;
      }
      try {
        CompletionStage<Void> unused =
            node.send(Address.user(words[0]), words[1], options)
                .thenAccept(outcome -> System.out.println(words[0] + ": " + outcome.status()));
      } catch (IllegalArgumentException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static void giveUp(String line) {
    System.err.println(line);
    System.exit(1);
  }

  /** The way out to the one client. */
  private static final class Screen implements WebSocketChannel {
    private volatile @Nullable ClientSession session;
    private volatile boolean closed;

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      System.out.println(text);
      done.accept(null);
    }

    /** A screen is always there. */
    @Override
    public void ping() {
      ClientSession pinged = session;
      if (pinged != null) {
        pinged.pong();
      }
    }

    @Override
    public void close(int code, String reason) {
      closed = true;
      ClientSession ended = session;
      if (ended != null) {
        ended.closed(code);
      }
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }
  }
}
