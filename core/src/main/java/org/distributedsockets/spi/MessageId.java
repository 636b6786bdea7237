package org.distributedsockets.spi;

/**
 * Names a message in the whole cluster. Messages of one incarnation are numbered in the order they
 * were accepted.
 *
 * @param incarnation the number of the sending node's incarnation, see {@link
 *     NodeIdentity#incarnationNumber}
 * @param sequence counts that incarnation's messages from 1
 */
public record MessageId(long incarnation, long sequence) {
  @Override
  public String toString() {
    return String.format("%016x-%d", incarnation, sequence);
  }
}
