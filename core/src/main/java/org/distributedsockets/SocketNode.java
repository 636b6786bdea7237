package org.distributedsockets;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;

/**
 * One process's member of the cluster: what an application starts, sends with and closes.
 *
 * <pre>{@code
 * SocketNode node = SocketNode.builder()
 *     .nodeId("n1")
 *     .authenticator(handshake -> Authenticator.accept(userOf(handshake)))
 *     .build();
 * node.start();
 * node.send(Address.user("bob"), "{\"hello\":\"bob\"}")
 *     .thenAccept(outcome -> System.out.println(outcome));
 * }</pre>
 *
 * <p>Thread-safe. Only {@code start}, {@code admit}, {@code drain} and {@code close} block. The
 * stages that methods return always complete, never exceptionally unless said otherwise: on the
 * node's callback executor, or, once that takes no more, on the thread that completes them.
 *
 * <p>Before the start is done, {@code send}, {@code disconnect}, {@code isOnline}, {@code
 * connections} and {@code attach} throw {@link IllegalStateException}, handshakes are refused and
 * the health is DOWN. From the beginning of a drain on, {@code send} and {@code disconnect} end as
 * REJECTED (draining) and {@code attach} throws. After the close also {@code isOnline} and {@code
 * connections} fail; what was asked before completes with the close.
 */
public interface SocketNode extends AutoCloseable {

  /**
   * Begins a node.
   *
   * @return a builder with the defaults
   */
  static SocketNodeBuilder builder() {
    return new SocketNodeBuilder();
  }

  /**
   * The node's id in the cluster.
   *
   * @return the id
   */
  String id();

  /**
   * Joins the cluster: opens registry and bus, takes the node's inbox, writes the lease, and from
   * then on lets clients in. Blocks until then. Backends that are away are retried for {@link
   * NodeSettings#START_TIMEOUT}.
   *
   * @throws StartException with one line that says what is in the way, be it that the node was
   *     closed meanwhile; nothing is left running, and the node stays closed
   * @throws IllegalStateException if it was started before
   */
  void start();

  /**
   * Sends a message and waits for the recipient's node to answer.
   *
   * @param to to whom
   * @param payload JSON text
   * @return what became of it
   * @throws IllegalArgumentException if the payload is not one strict JSON value
   */
  default CompletionStage<Outcome> send(Address to, String payload) {
    return send(to, payload, SendOptions.defaults());
  }

  /**
   * Sends a message. Messages of one thread to one connection arrive in their order.
   *
   * @param to to whom
   * @param payload JSON text
   * @param options how
   * @return what became of it; completes within {@link NodeSettings#OUTCOME_WAIT}
   * @throws IllegalArgumentException if the payload is not one strict JSON value
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Outcome> send(Address to, String payload, SendOptions options);

  /**
   * Whether a user has a live connection anywhere.
   *
   * @param user the user id
   * @return completes with the answer, or exceptionally with {@link
   *     org.distributedsockets.spi.RegistryException} if the registry cannot tell or the node is
   *     closed
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address}
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Boolean> isOnline(String user);

  /**
   * The live connections of a user anywhere.
   *
   * @param user the user id
   * @return completes with them, or exceptionally with {@link
   *     org.distributedsockets.spi.RegistryException} if the registry cannot tell or the node is
   *     closed
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address}
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<List<ConnectionInfo>> connections(String user);

  /**
   * Closes all connections of a user, anywhere.
   *
   * @param user the user id
   * @param code see {@link CloseCode#check}
   * @param reason a text for the clients
   * @return DELIVERED with the number of connections closed, or as for a send
   * @throws IllegalArgumentException if id or code break their rules
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Outcome> disconnect(String user, int code, String reason);

  /**
   * Lets a handshake in or not: state, Origin, limits, authenticator, registration, in this order.
   * For bindings of containers. Blocks the calling request thread, for the authenticator and at
   * most {@link NodeSettings#REGISTRATION_WAIT}.
   *
   * @param handshake the request
   * @return the decision
   */
  Admission admit(Handshake handshake);

  /**
   * Adds a session that an application opened by itself. Its inbound messages stay with the
   * application, which tells the returned session of pongs and of the end; a channel found closed
   * is noticed within 30 s as well. A node that drains closes the channel at once with 1001. For
   * Jakarta sessions see {@code SessionAttachment}.
   *
   * @param channel the way out to the client; nobody else may send on it any more
   * @param user whose it is
   * @param metadata shown by {@link #connections}
   * @return takes the session's events; registered in the background
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address}
   * @throws IllegalStateException if the node was not started yet or is closed
   */
  ClientSession attach(WebSocketChannel channel, String user, Map<String, String> metadata);

  /**
   * The connections of this node.
   *
   * @return a snapshot
   */
  List<Connection> localConnections();

  /**
   * How the node is. Costs nothing: reads what is measured all the time.
   *
   * @return the present health
   */
  Health health();

  /**
   * Leaves in good order: lets nobody in any more, sends its clients away at a pace, sends back
   * what it cannot deliver, deletes its inbox, drops its lease. Then it is closed. Idempotent;
   * blocks.
   *
   * @param limit the longest it may take; what is not done by then is left to the other nodes
   */
  void drain(Duration limit);

  /**
   * Leaves at once: closes connections, inbox and backends and stops its threads. What waits in its
   * queue is adopted by the other nodes. Idempotent; blocks for some seconds at most, and for as
   * long as the application's code needs that still waits on the node's own callback threads.
   */
  @Override
  void close();
}
