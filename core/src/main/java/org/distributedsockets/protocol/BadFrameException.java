package org.distributedsockets.protocol;

import org.jspecify.annotations.Nullable;

/** A frame that cannot be used. Carries no stack trace: it is an answer, not a fault. */
public final class BadFrameException extends Exception {
  private static final long serialVersionUID = 1L;

  /** See {@link #code()}. */
  private final ErrorCode code;

  /** See {@link #id()}. */
  private final @Nullable String id;

  /**
   * Makes one.
   *
   * @param code the code the client gets
   * @param message what was wrong, for the client
   * @param id the frame's id, if it could be read
   */
  public BadFrameException(ErrorCode code, String message, @Nullable String id) {
    super(message, null, false, false);
    this.code = code;
    this.id = id;
  }

  /**
   * The code the client gets.
   *
   * @return the code
   */
  public ErrorCode code() {
    return code;
  }

  /**
   * The frame's id.
   *
   * @return the id, or null if it has none or it could not be read
   */
  public @Nullable String id() {
    return id;
  }

  /**
   * What was wrong.
   *
   * @return the message, never null
   */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
