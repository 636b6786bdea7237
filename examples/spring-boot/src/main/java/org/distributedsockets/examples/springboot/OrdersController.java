package org.distributedsockets.examples.springboot;

import org.distributedsockets.Address;
import org.distributedsockets.SocketNode;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Takes the kitchen's word that an order is ready. */
@RestController
class OrdersController {
  private static final System.Logger LOG = System.getLogger(OrdersController.class.getName());

  private final SocketNode node;

  OrdersController(SocketNode node) {
    this.node = node;
  }

  @PostMapping("/orders/{user}")
  @ResponseStatus(HttpStatus.ACCEPTED)
  void ready(@PathVariable("user") String user) {
    node.send(Address.user(user), "\"your order is ready\"")
        .thenAccept(outcome -> LOG.log(System.Logger.Level.INFO, "told: {0}", outcome.status()));
  }
}
