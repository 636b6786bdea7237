package org.distributedsockets.examples.war;

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
    tell(path.substring(1));
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
  }

  private void tell(String user) {
    node.send(Address.user(user), "\"your order is ready\"")
        .thenAccept(
            outcome ->
                LOG.log(System.Logger.Level.INFO, "order ready, message {0}", outcome.status()));
  }
}
