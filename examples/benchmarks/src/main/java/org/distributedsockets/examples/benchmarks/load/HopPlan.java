package org.distributedsockets.examples.benchmarks.load;

import java.util.Map;

/**
 * What goes through one queue.
 *
 * @param host where RabbitMQ listens
 * @param port where RabbitMQ listens
 * @param user who may do everything
 * @param password of that user
 * @param bodyBytes of one message
 * @param batch how many of them share a frame
 * @param window frames that may be unconfirmed
 * @param rate frames a second; 0 for a closed loop
 * @param warmUpMillis how long it runs before it counts
 * @param millis how long it counts
 * @param processes whose processor time counts, by name
 */
public record HopPlan(
    String host,
    int port,
    String user,
    String password,
    int bodyBytes,
    int batch,
    int window,
    int rate,
    long warmUpMillis,
    long millis,
    Map<String, Long> processes) {}
