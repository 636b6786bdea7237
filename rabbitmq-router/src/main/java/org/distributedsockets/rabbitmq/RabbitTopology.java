package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.Map;
import org.distributedsockets.Settings;

/**
 * What stands in the broker: one exchange, and for each node one queue with one binding.
 *
 * <pre>
 *                       exchange ds.node.v1                  queue ds.node.v1.n2
 *                       (topic, durable,                     (classic, durable,
 *  any node             no alternate exchange)                reject-publish)          node n2
 *     | publish, mandatory,     |                                  |                      ^
 *     | persistent, confirmed   |         key server.n2            |   consume, exclusive |
 *     +------------------------>+--------------------------------->+----------------------+
 *       key server.n2           |                                      acknowledge
 *     <- - - returned if no     +---- key server.n3 ---> queue ds.node.v1.n3 ---> node n3
 *            queue is bound
 * </pre>
 *
 * <p>Arguments of a queue cannot be changed, so that the name carries a version. The exclusive
 * consumer is the lock on a node's messages; only a classic queue has it. An alternate exchange
 * would make the unroutable look delivered. Rejecting what does not fit tells the publisher; the
 * default would drop the oldest without a word.
 *
 * @param maxQueueBytes what may wait in a queue
 * @param queueExpiryMillis how long a queue that nobody uses is kept
 */
record RabbitTopology(long maxQueueBytes, long queueExpiryMillis) {
  static final String EXCHANGE = "ds.node.v1";

  /** Of every frame. */
  static final String CONTENT_TYPE = "application/octet-stream";

  static RabbitTopology of(Settings settings) {
    return new RabbitTopology(
        settings.get(RabbitSettings.MAX_QUEUE_BYTES),
        settings.get(RabbitSettings.QUEUE_EXPIRY).toMillis());
  }

  static String queue(String node) {
    return EXCHANGE + "." + node;
  }

  /** The same for publishing and binding: the characters of a node id are no wildcards. */
  static String key(String node) {
    return "server." + node;
  }

  static void declareExchange(Channel channel) throws IOException {
    channel.exchangeDeclare(EXCHANGE, BuiltinExchangeType.TOPIC, true);
  }

  void declareQueue(Channel channel, String node) throws IOException {
    channel.queueDeclare(queue(node), true, false, false, queueArguments());
  }

  /** The type is named because a virtual host may have another default. */
  Map<String, Object> queueArguments() {
    return Map.of(
        "x-queue-type",
        "classic",
        "x-overflow",
        "reject-publish",
        "x-max-length-bytes",
        maxQueueBytes,
        "x-expires",
        queueExpiryMillis);
  }

  /** Makes the exchange first, should somebody have deleted it. */
  static void bind(Channel channel, String node) throws IOException {
    declareExchange(channel);
    channel.queueBind(queue(node), EXCHANGE, key(node));
  }

  static void unbind(Channel channel, String node) throws IOException {
    channel.queueUnbind(queue(node), EXCHANGE, key(node));
  }
}
