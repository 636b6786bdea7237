package org.distributedsockets.servlet;

import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/**
 * Upgrades one admitted request: the node has checked the Origin and chosen the subprotocol, and no
 * extension is ever agreed on, because permessage-deflate costs each connection more memory than
 * all the rest of it.
 */
final class SessionConfigurator extends ServerEndpointConfig.Configurator {
  private final SocketEndpoint endpoint;
  private final String subprotocol;

  /** The empty subprotocol is none. */
  SessionConfigurator(SocketEndpoint endpoint, String subprotocol) {
    this.endpoint = endpoint;
    this.subprotocol = subprotocol;
  }

  @Override
  public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
    return subprotocol;
  }

  @Override
  public List<Extension> getNegotiatedExtensions(
      List<Extension> installed, List<Extension> requested) {
    return List.of();
  }

  @Override
  public boolean checkOrigin(String originHeaderValue) {
    return true;
  }

  @Override
  public <T> T getEndpointInstance(Class<T> endpointClass) {
    return endpointClass.cast(endpoint);
  }
}
