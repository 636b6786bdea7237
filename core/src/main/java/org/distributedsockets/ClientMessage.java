package org.distributedsockets;

import java.util.concurrent.CompletionStage;

/** A message frame of a client, before anything was done with it. Thread-safe. */
public interface ClientMessage {
  /**
   * Who sends.
   *
   * @return the connection the frame came on
   */
  Connection sender();

  /**
   * To whom.
   *
   * @return the address
   */
  Address to();

  /**
   * What.
   *
   * @return the JSON text of the body, byte for byte as the client wrote it
   */
  String payload();

  /**
   * Whether the client asked for a receipt.
   *
   * @return true if it did
   */
  boolean receiptWanted();

  /**
   * Does what happens without a listener: sends it on in the sender's name.
   *
   * @return the outcome; with no receipt wanted it may complete as soon as the bus holds the
   *     message
   */
  CompletionStage<Outcome> forward();
}
