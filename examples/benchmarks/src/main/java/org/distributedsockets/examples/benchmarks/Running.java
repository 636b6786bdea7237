package org.distributedsockets.examples.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.examples.chat.testkit.ChatProcess;

/** The servers of one contestant, ready. For one thread. */
final class Running implements AutoCloseable {
  private static final int END_SECONDS = 30;

  private final List<ChatProcess> processes = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final Map<String, Long> pids = new LinkedHashMap<>();

  /** Takes over a server that was started, to wait for it. */
  void add(ChatProcess process, int port) throws Exception {
    processes.add(process);
    ports.add(port);
    pids.put("node " + ports.size(), process.handle().pid());
    String unused = process.awaitReady();
  }

  /** Counts the processor time of more processes. */
  void count(Map<String, Long> more) {
    pids.putAll(more);
  }

  List<Integer> ports() {
    return List.copyOf(ports);
  }

  Map<String, Long> pids() {
    return Map.copyOf(pids);
  }

  long pidOfFirst() {
    return processes.get(0).handle().pid();
  }

  /** Kills all of them, and waits for their ends: the next contestant is to have the machine. */
  @Override
  public void close() {
    processes.forEach(ChatProcess::close);
    for (ChatProcess process : processes) {
      try {
        int unused = process.exitCode(END_SECONDS, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new IllegalStateException("a server does not end", e);
      }
    }
  }
}
