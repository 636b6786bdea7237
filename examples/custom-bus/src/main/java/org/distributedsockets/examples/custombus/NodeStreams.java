package org.distributedsockets.examples.custombus;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.util.List;

/**
 * The queue of a node is a stream of JetStream:
 *
 * <pre>
 *   subject  server.{node}                    while the node is bound
 *            server-unbound.{node}            while it is not: nobody publishes there
 *   stream   ds-node-v1-{node}                file storage, retention "work queue":
 *                                             a frame that was acknowledged is gone
 *   consumer a random name, ephemeral         at most one in a "work queue": the lock
 * </pre>
 *
 * A stream must have a subject, so unbinding means giving it another one. {@code {node}} is the
 * node's id with {@code =} for each dot, which separates the parts of a subject and may not be in
 * the name of a stream.
 *
 * @see <a href="https://docs.nats.io/nats-concepts/jetstream/streams">Streams</a>
 */
final class NodeStreams {
  /** From the server's {@code errors.json}. */
  private static final int CONSUMER_NOT_FOUND = 10014;

  private static final int NO_MESSAGE_FOUND = 10037;

  private static final int STREAM_NAME_IN_USE = 10058;
  private static final int STREAM_NOT_FOUND = 10059;
  private static final int MORE_THAN_ONE_CONSUMER = 10099;

  private NodeStreams() {}

  static String subject(String node) {
    return "server." + token(node);
  }

  private static String unboundSubject(String node) {
    return "server-unbound." + token(node);
  }

  static String name(String node) {
    return "ds-node-v1-" + token(node);
  }

  private static String token(String node) {
    return node.replace('.', '=');
  }

  /** Makes an unbound one, if there is none. One that exists stays as it is. */
  static void makeIfAbsent(JetStreamManagement management, String node, long maxBytes)
      throws IOException, JetStreamApiException {
    StreamConfiguration configuration =
        StreamConfiguration.builder()
            .name(name(node))
            .subjects(unboundSubject(node))
            .storageType(StorageType.File)
            .retentionPolicy(RetentionPolicy.WorkQueue)
            .discardPolicy(DiscardPolicy.New)
            .maxBytes(maxBytes)
            .build();
    try {
      management.addStream(configuration);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != STREAM_NAME_IN_USE) {
        throw e;
      }
    }
  }

  static boolean isBound(JetStreamManagement management, String node)
      throws IOException, JetStreamApiException {
    return configuration(management, node).getSubjects().contains(subject(node));
  }

  static void setBound(JetStreamManagement management, String node, boolean bound)
      throws IOException, JetStreamApiException {
    List<String> subjects = List.of(bound ? subject(node) : unboundSubject(node));
    StreamConfiguration present = configuration(management, node);
    if (!present.getSubjects().equals(subjects)) {
      management.updateStream(StreamConfiguration.builder(present).subjects(subjects).build());
    }
  }

  private static StreamConfiguration configuration(JetStreamManagement management, String node)
      throws IOException, JetStreamApiException {
    return management.getStreamInfo(name(node)).getConfiguration();
  }

  static boolean isEmpty(JetStreamManagement management, String node)
      throws IOException, JetStreamApiException {
    return management.getStreamInfo(name(node)).getStreamState().getMsgCount() == 0;
  }

  static boolean holds(JetStreamManagement management, String node, long sequence)
      throws IOException, JetStreamApiException {
    try {
      management.getMessage(name(node), sequence);
      return true;
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_MESSAGE_FOUND) {
        return false;
      }
      throw e;
    }
  }

  static void deleteConsumer(JetStreamManagement management, String node, String consumer)
      throws IOException, JetStreamApiException {
    try {
      management.deleteConsumer(name(node), consumer);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != CONSUMER_NOT_FOUND && !isMissing(e)) {
        throw e;
      }
    }
  }

  static boolean isMissing(JetStreamApiException e) {
    return e.getApiErrorCode() == STREAM_NOT_FOUND;
  }

  static boolean isHeld(JetStreamApiException e) {
    return e.getApiErrorCode() == MORE_THAN_ONE_CONSUMER;
  }
}
