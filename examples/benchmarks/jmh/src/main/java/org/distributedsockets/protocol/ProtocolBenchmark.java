package org.distributedsockets.protocol;

import org.distributedsockets.Address;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A frame with a body of 200 bytes, from a client and to a client. */
@State(Scope.Thread)
public class ProtocolBenchmark {
  private final JsonClientProtocol protocol = new JsonClientProtocol();
  private final String body = '"' + "x".repeat(198) + '"';
  private final String frame = "{\"to\":\"bob\",\"body\":" + body + "}";
  private final Address bob = Address.user("bob");

  @Benchmark
  public ClientFrame decode() throws BadFrameException {
    return protocol.decode(frame);
  }

  @Benchmark
  public String message() {
    return protocol.message("alice", bob, body);
  }
}
