package org.distributedsockets.examples.benchmarks.load;

import com.google.gson.Gson;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.examples.benchmarks.Report;

/**
 * The least that makes a message durable between two places: one durable queue, persistent and
 * mandatory, confirmed and acknowledged, with the driver alone.
 */
public final class AmqpHop {
  private static final int QUIET_SECONDS = 10;
  private static final String QUEUE = "hop";

  private final HopPlan plan;
  private final Semaphore window;
  private final NavigableSet<Long> unconfirmed = new ConcurrentSkipListSet<>();
  private final Arrivals arrivals = new Arrivals(); // guarded by this
  private final Meter meter; // guarded by this
  private long sent;
  private long dueNanos;

  private AmqpHop(HopPlan plan) {
    this.plan = plan;
    this.window = new Semaphore(plan.window());
    this.meter = new Meter(plan.processes());
  }

  /**
   * Runs in a process of its own, whose processor time counts as that of a node.
   *
   * @param arguments the {@link HopPlan} as JSON
   * @throws Exception if the broker fails
   */
  public static void main(String[] arguments) throws Exception {
    HopPlan plan = new Gson().fromJson(arguments[0], HopPlan.class);
    Report.print(new AmqpHop(plan).run());
  }

  private LoadResult run() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(plan.host());
    factory.setPort(plan.port());
    factory.setUsername(plan.user());
    factory.setPassword(plan.password());
    try (Connection in = factory.newConnection();
        Connection out = factory.newConnection()) {
      Channel consuming = in.createChannel();
      Object unused =
          consuming.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "classic"));
      String tag = consuming.basicConsume(QUEUE, false, consumer(consuming));
      Channel publishing = out.createChannel();
      publishing.confirmSelect();
      publishing.addConfirmListener(this::confirmed, this::confirmed);
      LoadResult result = measure(publishing);
      consuming.basicCancel(tag);
      unused = consuming.queueDelete(QUEUE);
      return result;
    }
  }

  private LoadResult measure(Channel publishing) throws Exception {
    dueNanos = now();
    long begin = dueNanos + TimeUnit.MILLISECONDS.toNanos(plan.warmUpMillis());
    long end = begin + TimeUnit.MILLISECONDS.toNanos(plan.millis());
    publishUntil(begin, publishing);
    synchronized (this) {
      meter.begin();
    }
    publishUntil(end, publishing);
    synchronized (this) {
      meter.end();
    }
    if (!window.tryAcquire(plan.window(), QUIET_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("unconfirmed");
    }
    Load.await("all to arrive", TimeUnit.SECONDS.toNanos(QUIET_SECONDS), this::allArrived);
    synchronized (this) {
      return meter.result(
          sent * plan.batch(),
          arrivals.lost(sent) * plan.batch(),
          arrivals.doubled() * plan.batch(),
          arrivals.outOfOrder() * plan.batch(),
          0);
    }
  }

  private synchronized boolean allArrived() {
    return arrivals.lost(sent) == 0;
  }

  private void publishUntil(long end, Channel channel) throws Exception {
    Letter letter = new Letter(Letter.body(plan.bodyBytes() * plan.batch()));
    while (now() < end) {
      long due = nextDue();
      window.acquire();
      synchronized (this) {
        meter.begun(due, now());
      }
      byte[] frame = new byte[letter.with(sent, due).remaining()];
      letter.with(sent, due).get(frame);
      sent++;
      unconfirmed.add(channel.getNextPublishSeqNo());
      channel.basicPublish("", QUEUE, true, MessageProperties.MINIMAL_PERSISTENT_BASIC, frame);
    }
  }

  /** Waits until the next frame is due, which in a closed loop is now. */
  private long nextDue() {
    if (plan.rate() == 0) {
      return now();
    }
    long due = dueNanos;
    dueNanos += TimeUnit.SECONDS.toNanos(1) / plan.rate();
    for (long left = due - now(); left > 0; left = due - now()) {
      LockSupport.parkNanos(left);
    }
    return due;
  }

  private static long now() {
    return System.nanoTime();
  }

  private void confirmed(long number, boolean multiple) {
    NavigableSet<Long> done =
        multiple
            ? unconfirmed.headSet(number, true)
            : unconfirmed.subSet(number, true, number, true);
    while (done.pollFirst() != null) {
      window.release();
    }
  }

  private DefaultConsumer consumer(Channel channel) {
    return new DefaultConsumer(channel) {
      @Override
      public void handleDelivery(
          String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
          throws IOException {
        arrived(ByteBuffer.wrap(body));
        channel.basicAck(envelope.getDeliveryTag(), false);
      }
    };
  }

  private synchronized void arrived(ByteBuffer frame) {
    int mark = Letter.find(frame);
    arrivals.arrived(Letter.number(frame, mark));
    for (int i = 0; i < plan.batch(); i++) {
      meter.done(Letter.nanos(frame, mark));
    }
  }
}
