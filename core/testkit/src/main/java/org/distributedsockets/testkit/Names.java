package org.distributedsockets.testkit;

import java.util.UUID;

/** Names that no other test uses, so that tests can share a backend that keeps what they leave. */
final class Names {
  private Names() {}

  static String unique(String kind) {
    return kind + "-" + UUID.randomUUID().toString().substring(0, 13);
  }
}
