package org.distributedsockets;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * <p>Before the start is done all that sends, asks, watches or attaches throws {@link
 * IllegalStateException}, handshakes are refused and the health is DOWN. From the beginning of a
 * drain on, {@code send}, {@code request} and {@code disconnect} end as REJECTED or REFUSED
 * (draining), and {@code attach} and {@code watch} throw. After the close also {@code isOnline},
 * {@code connections} and their like fail; what was asked before completes with the close.
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
   * NodeSettings#START_TIMEOUT}, and one that does not answer is waited for no longer.
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
   * Which of many users have a live connection anywhere. One call to the registry for each 1,000
   * users.
   *
   * @param users the user ids
   * @return completes with those who are online, or exceptionally with {@link
   *     org.distributedsockets.spi.RegistryException} if the registry cannot tell of each, or the
   *     node is closed
   * @throws IllegalArgumentException if an id breaks a rule of {@link Address}
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Set<String>> online(Collection<String> users);

  /**
   * How many connections a user, a group or the whole cluster has, node by node. Asks the nodes
   * that hold some, for {@link NodeSettings#ANSWER_WAIT} at the most. A user with connections on
   * two nodes is one user of each.
   *
   * @param address what to count; {@link Address#everyone} for all connections
   * @return completes with the count; which nodes are missing from it is said there. Exceptionally
   *     only with {@link org.distributedsockets.spi.RegistryException} if the node is closed
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Census> count(Address address);

  /**
   * The member connections of a group anywhere; as {@link #count}. A large group is a large answer:
   * about 100 bytes for each member.
   *
   * @param group the group's name
   * @return completes with the members, as {@link #count} does
   * @throws IllegalArgumentException if the name breaks a rule of {@link Address}
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Members> members(String group);

  /**
   * Watches users: tells what is the case, and then each change. Who connects anywhere is online
   * within {@link NodeSettings#PRESENCE_INTERVAL}; who left is offline when he was away for {@link
   * NodeSettings#PRESENCE_GRACE}, so a page that reloads tells nothing; after the crash of his node
   * its lease comes on top. While nobody can tell, nothing changes. Each watched user costs this
   * node one look-up per interval, {@link NodeSettings#PRESENCE_RATE} per second at the most.
   *
   * @param users the user ids, at least one
   * @param listener told of each of them
   * @return ends the watch, as the close of the node does
   * @throws IllegalArgumentException if an id breaks a rule of {@link Address}, or there is none
   * @throws IllegalStateException if the node is not running, or watches {@link
   *     NodeSettings#PRESENCE_MAX_WATCHED} already
   */
  PresenceWatch watch(Collection<String> users, PresenceListener listener);

  /**
   * Watches the users of a group, as {@link #watch}: online is who has a member connection. Only
   * who is or was a member is told of. Costs one look-up per interval, and a question to each node
   * that has members; a node whose members changed lists their users again.
   *
   * @param group the group's name
   * @param listener told of its members
   * @return ends the watch, as the close of the node does
   * @throws IllegalArgumentException if the name breaks a rule of {@link Address}
   * @throws IllegalStateException if the node is not running, or watches {@link
   *     NodeSettings#PRESENCE_MAX_WATCHED} already
   */
  PresenceWatch watchGroup(String group, PresenceListener listener);

  /**
   * Asks a user: every connection of his that can answer gets the request, wherever it is, and the
   * first answer is the reply. Clients that speak the subprotocol answer themselves; for others
   * their node's {@link RequestListener} does.
   *
   * @param user the user id
   * @param payload JSON text
   * @param timeout how long to wait for the reply, from 1 ms to 24 h
   * @return what came of it, within the timeout
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address}, the payload is not
   *     one strict JSON value, or the timeout is out of its range
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Reply> request(String user, String payload, Duration timeout);

  /**
   * Closes one connection, anywhere. If it is not here, all nodes are asked to.
   *
   * @param connectionId its id, see {@link Connection#id} and {@link ConnectionInfo#id}
   * @param code see {@link CloseCode#check}
   * @param reason a text for the client
   * @return DELIVERED with one connection closed, OFFLINE if there is none, or as for a send
   * @throws IllegalArgumentException if the code breaks its rule
   * @throws IllegalStateException if the node has not started yet
   */
  CompletionStage<Outcome> disconnectConnection(String connectionId, int code, String reason);

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
   * @throws IllegalStateException if the node was not started yet, is closed, or takes no
   *     connections
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
   * @param limit the longest it may take; what is not done by then is left to the other nodes, and
   *     the {@link ErrorListener} hears once what that is
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
