package org.distributedsockets;

import java.util.Map;

/**
 * Told who came and who went, by a {@link PresenceWatch}. Called on the callback executor, one call
 * at a time per watch. It may block: changes that happen meanwhile are merged, so that what comes
 * next is the latest state. What it throws goes to the {@link ErrorListener}.
 */
@FunctionalInterface
public interface PresenceListener {
  /**
   * Users came or went.
   *
   * @param online by user id whether he is online now; at most 1,000 at a time, each different from
   *     what was told of him before
   */
  void onPresence(Map<String, Boolean> online);
}
