package org.distributedsockets.tomcat;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.websocket.Session;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.Lifecycle;
import org.apache.tomcat.websocket.Constants;
import org.apache.tomcat.websocket.server.WsContextListener;
import org.distributedsockets.SocketNode;
import org.distributedsockets.servlet.JakartaChannel;
import org.distributedsockets.servlet.SocketServlet;

/**
 * Installs a node in a Tomcat 10.1 or 11.
 *
 * <pre>{@code
 * TomcatBinding.install(context, node, "/ws");
 * TomcatBinding.drainOnStop(tomcat.getServer(), node, Duration.ofSeconds(20));
 * }</pre>
 */
public final class TomcatBinding {
  /**
   * How long a ping may hold up its thread: as long as the default {@link
   * org.distributedsockets.NodeSettings#SEND_DEADLINE}. Tomcat's default is 20 s.
   */
  private static final long BLOCKING_SEND_MS = 10_000;

  /** How long a peer may take to answer a close frame, as on Jetty. Tomcat's default is 30 s. */
  private static final long CLOSE_WAIT_MS = 5_000;

  private static final Map<String, Object> SESSION_PROPERTIES =
      Map.of(
          Constants.BLOCKING_SEND_TIMEOUT_PROPERTY, BLOCKING_SEND_MS,
          Constants.SESSION_CLOSE_TIMEOUT_PROPERTY, CLOSE_WAIT_MS);

  private static final String SMALL_BUFFER_BYTES = "1024";

  private TomcatBinding() {}

  /**
   * Lets clients connect to a node at a path. The filters of the context run before it, as for any
   * servlet. Other WebSocket endpoints of the context, and what is configured for them, stay as
   * they are.
   *
   * @param context a context that was not started yet
   * @param node admits the clients; it may be started later, and until then answers 503
   * @param path the servlet path, such as {@code /ws}
   * @throws IllegalStateException if the context was started
   */
  public static void install(Context context, SocketNode node, String path) {
    if (context.getState().isAvailable()) {
      throw new IllegalStateException("the context was started: " + context.getName());
    }
    context.addApplicationListener(WsContextListener.class.getName());
    context.addServletContainerInitializer(new AddServlet(node, path), Set.of());
  }

  private static JakartaChannel channel(Session session) {
    session.getUserProperties().putAll(SESSION_PROPERTIES);
    return new JakartaChannel(session, JakartaChannel.DEFAULT_SEND_TIMEOUT);
  }

  /** Adds the servlet by the Servlet API, which does not change between versions of Tomcat. */
  private record AddServlet(SocketNode node, String path) implements ServletContainerInitializer {
    AddServlet {
      Objects.requireNonNull(node, "node");
      Objects.requireNonNull(path, "path");
    }

    @Override
    public void onStartup(Set<Class<?>> classes, ServletContext context) {
      ServletRegistration.Dynamic servlet =
          context.addServlet(
              "distributed-sockets " + path, new SocketServlet(node, TomcatBinding::channel));
      servlet.setLoadOnStartup(0);
      if (!servlet.addMapping(path).isEmpty()) {
        throw new IllegalStateException("another servlet is mapped to " + path);
      }
    }
  }

  /**
   * Drains a node when a part of Tomcat stops, before anything in it does, so that clients are told
   * and what waits for them goes back to its senders. The stop waits for it.
   *
   * @param part the server, or the context the node is installed in
   * @param node the node
   * @param limit the longest it may take
   */
  public static void drainOnStop(Lifecycle part, SocketNode node, Duration limit) {
    part.addLifecycleListener(new DrainOnStop(node, limit));
  }

  /**
   * Spares each connection of a context about 25 KB of heap (measured): Tomcat allocates room for a
   * whole message, which a node, to whom messages come in parts, does not need. Not for contexts
   * with endpoints of their own that take whole messages: these would be limited to 1 KB.
   *
   * @param context a context that was not started yet
   */
  public static void useSmallBuffers(Context context) {
    context.addParameter(
        org.apache.tomcat.websocket.server.Constants.TEXT_BUFFER_SIZE_SERVLET_CONTEXT_INIT_PARAM,
        SMALL_BUFFER_BYTES);
    context.addParameter(
        org.apache.tomcat.websocket.server.Constants.BINARY_BUFFER_SIZE_SERVLET_CONTEXT_INIT_PARAM,
        SMALL_BUFFER_BYTES);
  }
}
