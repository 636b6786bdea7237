package org.distributedsockets;

/**
 * Told of each message that ends without reaching a socket and without the sender having been told
 * REJECTED: the place to store it or to send a push notification. Called once per message on the
 * node that sent it (or, if that node died, on the one that adopted its messages), on the callback
 * executor. It may block; what it throws goes to the {@link ErrorListener}.
 */
@FunctionalInterface
public interface UndeliverableHook {
  /**
   * A message found nobody.
   *
   * @param message the message
   * @param outcome OFFLINE, EXPIRED, UNAVAILABLE (it may have arrived all the same) or, when the
   *     lanes of the addressee were full where it came, REJECTED; with the reason where there is
   *     one
   */
  void onUndeliverable(Message message, Outcome outcome);
}
