package org.distributedsockets.spi;

/**
 * Told how the bus is. Calls come one at a time, in order, on a thread of the bus; they must not
 * block. {@link BusNews} keeps these rules for an implementation.
 */
public interface BusListener {
  /** Publishing works (again). Called once after a successful start, too. */
  void onUp();

  /**
   * Publishing does not work; what is published now is REFUSED, or waits if the bus is merely
   * blocked.
   *
   * @param reason one line without secrets
   */
  void onDown(String reason);

  /**
   * An inbox got from {@link MessageBus#open} could not be opened again after a lost connection
   * because somebody else holds it, or its queue was gone and was made anew. The bus goes on
   * trying; this is told once per loss.
   *
   * @param node whose inbox
   */
  void onInboxTakenOver(String node);
}
