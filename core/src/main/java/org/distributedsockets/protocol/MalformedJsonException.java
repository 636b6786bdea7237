package org.distributedsockets.protocol;

/** Text is not strict JSON. Carries no stack trace: it is an answer, not a fault. */
final class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param problem what is wrong; never text of the client's
   * @param position where, as an index into the text
   */
  MalformedJsonException(String problem, int position) {
    super(problem + " at " + position, null, false, false);
  }
}
