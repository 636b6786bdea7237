package org.distributedsockets.examples.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A Spring Boot application whose users learn at once that their order is ready. */
@SpringBootApplication
public class OrdersApplication {

  /**
   * Runs until it is told to stop.
   *
   * @param arguments for Spring
   */
  public static void main(String[] arguments) {
    SpringApplication.run(OrdersApplication.class, arguments);
  }
}
