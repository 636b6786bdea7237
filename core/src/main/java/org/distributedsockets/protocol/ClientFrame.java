package org.distributedsockets.protocol;

import org.distributedsockets.Address;
import org.jspecify.annotations.Nullable;

/** What a client's text frame means. */
public sealed interface ClientFrame {

  /**
   * The client's own id for the frame, by which it asks for a receipt.
   *
   * @return 1 to 64 UTF-16 units, or null for no receipt
   */
  @Nullable String id();

  /**
   * A message.
   *
   * @param to a user or group
   * @param body JSON text, exactly as the client wrote it
   * @param id see {@link ClientFrame#id}
   */
  record Send(Address to, String body, @Nullable String id) implements ClientFrame {}

  /**
   * Become a member.
   *
   * @param group a valid group name
   * @param id see {@link ClientFrame#id}
   */
  record Join(String group, @Nullable String id) implements ClientFrame {}

  /**
   * Be a member no longer.
   *
   * @param group a valid group name
   * @param id see {@link ClientFrame#id}
   */
  record Leave(String group, @Nullable String id) implements ClientFrame {}

  /**
   * Be told who is online. Only in an {@link ExtendedProtocol}.
   *
   * @param address a user or group
   * @param id see {@link ClientFrame#id}
   */
  record Watch(Address address, @Nullable String id) implements ClientFrame {}

  /**
   * Be told no longer. Only in an {@link ExtendedProtocol}.
   *
   * @param address a user or group
   * @param id see {@link ClientFrame#id}
   */
  record Unwatch(Address address, @Nullable String id) implements ClientFrame {}

  /**
   * The answer to a request. Only in an {@link ExtendedProtocol}.
   *
   * @param request the name the request came with
   * @param body JSON text, or null to refuse
   * @param id see {@link ClientFrame#id}
   */
  record Answer(String request, @Nullable String body, @Nullable String id)
      implements ClientFrame {}
}
