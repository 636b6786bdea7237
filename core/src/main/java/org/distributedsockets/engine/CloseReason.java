package org.distributedsockets.engine;

import java.nio.charset.StandardCharsets;
import org.distributedsockets.CloseCode;

/** Texts of close frames. */
final class CloseReason {
  private CloseReason() {}

  /** Cut to what a close frame holds, never within a character. */
  static String cut(String reason) {
    String cut = reason;
    while (cut.getBytes(StandardCharsets.UTF_8).length > CloseCode.MAX_REASON_BYTES) {
      int end = Math.min(cut.length() - 1, CloseCode.MAX_REASON_BYTES);
      cut = cut.substring(0, Character.isHighSurrogate(cut.charAt(end - 1)) ? end - 1 : end);
    }
    return cut;
  }
}
