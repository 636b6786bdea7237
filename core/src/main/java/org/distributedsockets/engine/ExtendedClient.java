package org.distributedsockets.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.distributedsockets.Address;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.protocol.BadFrameException;
import org.distributedsockets.protocol.ClientFrame;
import org.distributedsockets.protocol.ErrorCode;
import org.distributedsockets.protocol.ExtendedProtocol;
import org.distributedsockets.protocol.ExtendedProtocol.Hello;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * What a client that speaks the subprotocol has besides: the hello, what it watches, the requests
 * it may answer. Thread-safe.
 */
final class ExtendedClient {
  /** A client that answers none of these gets no more, until their time is over. */
  private static final int MAX_REQUESTS = 100;

  private final ClientConnection connection;
  private final ClientServices services;
  private final ExtendedProtocol protocol;

  // Guarded by "this".
  private final Map<Address, PresenceWatch> watches = new LinkedHashMap<>();
  private final Map<String, OpenRequest> requests = new LinkedHashMap<>();
  private boolean ended;

  private record OpenRequest(String origin, MessageId id, long expiresAtMillis) {}

  ExtendedClient(ClientConnection connection, ClientServices services, ExtendedProtocol protocol) {
    this.connection = connection;
    this.services = services;
    this.protocol = protocol;
  }

  ExtendedProtocol protocol() {
    return protocol;
  }

  /** The first frame. */
  String hello() {
    ClientServices.ClientLimits limits = services.limits();
    return protocol.hello(
        new Hello(
            connection.id(),
            connection.user(),
            limits.frameBytes(),
            limits.maxGroups(),
            limits.maxWatches()));
  }

  /** Does what a frame of the subprotocol says, and answers it. */
  void act(ClientFrame frame) throws BadFrameException {
    if (frame instanceof ClientFrame.Watch watch) {
      watch(watch.address(), watch.id());
    } else if (frame instanceof ClientFrame.Unwatch unwatch) {
      unwatch(unwatch.address());
    } else if (frame instanceof ClientFrame.Answer answer) {
      answer(answer);
    }
    String id = frame.id();
    if (id != null) {
      connection.answer(protocol.done(id));
    }
  }

  // ---- presence

  private void watch(Address address, @Nullable String id) throws BadFrameException {
    boolean ofGroup = address.kind() == Address.Kind.GROUP;
    if (ofGroup && !connection.isMember(address.name())) {
      throw new BadFrameException(ErrorCode.FORBIDDEN, "not a member of the group", id);
    }
    if (!services.allows(policy -> policy.mayWatch(connection, address))) {
      throw new BadFrameException(ErrorCode.FORBIDDEN, "may not watch", id);
    }
    synchronized (this) {
      if (ended || watches.containsKey(address)) {
        return;
      }
      if (watches.size() >= services.limits().maxWatches()) {
        throw new BadFrameException(ErrorCode.FORBIDDEN, "watches too many", id);
      }
    }
    begin(address, ofGroup ? address.name() : null, id);
    if (ofGroup && !connection.isMember(address.name())) {
      unwatch(address);
    }
  }

  private void begin(Address address, @Nullable String group, @Nullable String id)
      throws BadFrameException {
    PresenceWatch watch;
    try {
      watch =
          services
              .watches()
              .watch(
                  List.of(address), online -> connection.answer(protocol.presence(group, online)));
    } catch (IllegalStateException e) {
      throw new BadFrameException(ErrorCode.UNAVAILABLE, "the node watches too many", id);
    }
    boolean late;
    synchronized (this) {
      late = ended;
      if (!late) {
        watches.put(address, watch);
      }
    }
    if (late) {
      watch.close();
    }
  }

  /** Ends a watch, if there is one: asked for by the client, or because it left the group. */
  void unwatch(Address address) {
    PresenceWatch watch;
    synchronized (this) {
      watch = watches.remove(address);
    }
    if (watch != null) {
      watch.close();
    }
  }

  // ---- requests

  /** Gives the client a request; the receipt hears of it only if the answer is TAKEN. */
  Lane.Offer offerRequest(Envelope request, long nowMillis, Lane.Receipt receipt) {
    String name = request.id().toString();
    synchronized (this) {
      requests.values().removeIf(open -> open.expiresAtMillis <= nowMillis);
      if (ended) {
        return Lane.Offer.CLOSED;
      }
      if (requests.size() >= MAX_REQUESTS) {
        return Lane.Offer.LANE_FULL;
      }
      requests.put(
          name, new OpenRequest(request.origin(), request.id(), request.expiresAtMillis()));
    }
    String text = protocol.request(name, request.payload(), request.expiresAtMillis() - nowMillis);
    Lane.Offer offer = connection.offer(text, Utf8.length(text), receipt);
    if (offer != Lane.Offer.TAKEN) {
      take(name);
    }
    return offer;
  }

  private void answer(ClientFrame.Answer answer) throws BadFrameException {
    OpenRequest request = take(answer.request());
    if (request == null) {
      throw new BadFrameException(ErrorCode.FORBIDDEN, "no such request is open", answer.id());
    }
    if (!services.answers().reply(request.origin, request.id, answer.body())) {
      putBack(answer.request(), request);
      throw new BadFrameException(ErrorCode.UNAVAILABLE, "the answer was not taken", answer.id());
    }
  }

  /** It may be answered once more. */
  private synchronized void putBack(String name, OpenRequest request) {
    if (!ended) {
      requests.put(name, request);
    }
  }

  private synchronized @Nullable OpenRequest take(String name) {
    return requests.remove(name);
  }

  // ---- the end

  void end() {
    List<PresenceWatch> open;
    synchronized (this) {
      ended = true;
      open = List.copyOf(watches.values());
      watches.clear();
      requests.clear();
    }
    open.forEach(PresenceWatch::close);
  }
}
