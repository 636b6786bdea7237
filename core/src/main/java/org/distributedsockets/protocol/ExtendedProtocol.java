package org.distributedsockets.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What clients and nodes say to each other once both agreed on a WebSocket subprotocol (RFC 6455
 * section 1.9): all of {@link ClientProtocol}, and more. Stateless and thread-safe; nothing here
 * blocks.
 */
public interface ExtendedProtocol extends ClientProtocol {

  /**
   * What a client asks for in {@code Sec-WebSocket-Protocol}.
   *
   * @return the subprotocol's name
   */
  String subprotocol();

  /**
   * Writes the first frame that a client gets.
   *
   * @param hello what it is told
   * @return the frame
   */
  String hello(Hello hello);

  /**
   * Writes who came and who went.
   *
   * @param group the group they are members of, or null for watched users
   * @param online by user id whether he is online now
   * @return the frame
   */
  String presence(@Nullable String group, Map<String, Boolean> online);

  /**
   * Writes a request that the client may answer.
   *
   * @param request names it
   * @param body JSON text
   * @param timeoutMillis how long its answer is of use
   * @return the frame
   */
  String request(String request, String body, long timeoutMillis);

  /**
   * What a client is told first. The id of the node is no part of it: it is the name of a host,
   * which is nobody's business outside.
   *
   * @param connection the id of this connection
   * @param user whose it is
   * @param frameBytes the longest frame it may send, in bytes of UTF-8
   * @param maxGroups the groups it may join, 0 for no limit
   * @param maxWatches the users and groups it may watch
   */
  record Hello(String connection, String user, long frameBytes, int maxGroups, int maxWatches) {}
}
