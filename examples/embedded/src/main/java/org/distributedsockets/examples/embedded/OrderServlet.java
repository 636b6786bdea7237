package org.distributedsockets.examples.embedded;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.distributedsockets.Address;
import org.distributedsockets.SocketNode;

/** Takes the kitchen's word that an order is ready: {@code POST /orders/{user}}. */
final class OrderServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final System.Logger LOG = System.getLogger(OrderServlet.class.getName());

  private final transient SocketNode node;

  OrderServlet(SocketNode node) {
    this.node = node;
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response) {
    String path = request.getPathInfo();
    if (path == null || path.length() < 2) {
      response.setStatus(HttpServletResponse.SC_NOT_FOUND);
      return;
    }
    Address user;
    try {
      user = Address.user(path.substring(1));
    } catch (IllegalArgumentException e) {
      response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    tell(user);
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
  }

  private void tell(Address user) {
    node.send(user, "\"your order is ready\"")
        .thenAccept(
            outcome ->
                LOG.log(System.Logger.Level.INFO, "order ready, message {0}", outcome.status()));
  }
}
