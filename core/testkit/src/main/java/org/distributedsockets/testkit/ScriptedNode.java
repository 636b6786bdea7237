package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Census;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionInfo;
import org.distributedsockets.Handshake;
import org.distributedsockets.Health;
import org.distributedsockets.Members;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.Reply;
import org.distributedsockets.SendOptions;
import org.distributedsockets.SocketNode;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;

/** Answers a binding as a test says, and remembers what it was asked. */
final class ScriptedNode implements SocketNode {
  final BlockingQueue<Handshake> handshakes = new LinkedBlockingQueue<>();
  final CompletableFuture<Duration> drained = new CompletableFuture<>();
  final CompletableFuture<WebSocketChannel> attached = new CompletableFuture<>();
  private volatile Admission admission;
  private final ClientSession session;

  /** Admits everybody. */
  ScriptedNode(ClientSession session) {
    this.session = session;
    this.admission = new Admission.Admitted(session);
  }

  void answer(Admission answer) {
    admission = answer;
  }

  @Override
  public Admission admit(Handshake handshake) {
    handshakes.add(handshake);
    return admission;
  }

  @Override
  public ClientSession attach(WebSocketChannel channel, String user, Map<String, String> metadata) {
    attached.complete(channel);
    return session;
  }

  @Override
  public void drain(Duration limit) {
    drained.complete(limit);
  }

  @Override
  public void close() {}

  @Override
  public String id() {
    return "scripted";
  }

  @Override
  public void start() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Outcome> send(Address to, String payload, SendOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Boolean> isOnline(String user) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<List<ConnectionInfo>> connections(String user) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Set<String>> online(Collection<String> users) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Census> count(Address address) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Members> members(String group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PresenceWatch watch(Collection<String> users, PresenceListener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PresenceWatch watchGroup(String group, PresenceListener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Reply> request(String user, String payload, Duration timeout) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Outcome> disconnectConnection(
      String connectionId, int code, String reason) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Outcome> disconnect(String user, int code, String reason) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Connection> localConnections() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Health health() {
    throw new UnsupportedOperationException();
  }
}
