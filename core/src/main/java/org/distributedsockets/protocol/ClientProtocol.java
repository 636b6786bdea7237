package org.distributedsockets.protocol;

import java.util.Optional;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The text form of what clients and nodes say to each other. Stateless and thread-safe; nothing
 * here blocks. {@link JsonClientProtocol} is the one that ships.
 */
public interface ClientProtocol {

  /**
   * Reads a client's frame.
   *
   * @param text the frame
   * @return what it means
   * @throws BadFrameException if it cannot be used
   */
  ClientFrame decode(String text) throws BadFrameException;

  /**
   * Writes a message for its recipient.
   *
   * @param from the sending user, or null for none
   * @param to the user or group it was sent to, or everyone
   * @param body JSON text
   * @return the frame
   */
  String message(@Nullable String from, Address to, String body);

  /**
   * Writes the receipt of a message.
   *
   * @param id the id the client gave
   * @param outcome what became of it
   * @return the frame
   */
  String receipt(String id, Outcome outcome);

  /**
   * Writes the receipt of a join or leave.
   *
   * @param id the id the client gave
   * @return the frame
   */
  String done(String id);

  /**
   * Writes an error.
   *
   * @param code the code
   * @param message what was wrong
   * @param id the id the client gave, or null
   * @return the frame
   */
  String error(ErrorCode code, String message, @Nullable String id);

  /**
   * Checks that an application's payload is one this protocol can carry.
   *
   * @param payload the payload
   * @throws IllegalArgumentException if it is not one strict JSON value, or nests deeper than 64
   */
  void checkPayload(String payload);

  /**
   * What else this protocol can say to clients that ask for its subprotocol.
   *
   * @return the extended protocol; empty unless overridden, and then no subprotocol is agreed on
   */
  default Optional<ExtendedProtocol> extended() {
    return Optional.empty();
  }
}
