package org.distributedsockets;

import java.util.List;
import java.util.Objects;

/**
 * Believes what a query parameter says, so anybody can be anybody: <strong>for development
 * only</strong>. Thread-safe.
 */
public final class DevelopmentQueryParameterAuthenticator implements Authenticator {
  private final String parameter;

  /**
   * Makes one.
   *
   * @param parameter the query parameter that holds the user id
   */
  public DevelopmentQueryParameterAuthenticator(String parameter) {
    this.parameter = Objects.requireNonNull(parameter, "parameter");
  }

  @Override
  public Result authenticate(Handshake handshake) {
    List<String> values = handshake.query(parameter);
    if (values.isEmpty() || values.get(0).isEmpty()) {
      return new Refused(400, parameter + " required");
    }
    if (values.size() > 1) {
      return new Refused(400, parameter + " given more than once");
    }
    try {
      return Authenticator.accept(Address.user(values.get(0)).name());
    } catch (IllegalArgumentException e) {
      return new Refused(400, parameter + ": " + e.getMessage());
    }
  }
}
