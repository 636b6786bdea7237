package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/**
 * A faulty network: forwards a port of the loopback address to a server, and holds up or cuts what
 * goes through when told to. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  private static final int CHUNK = 16 * 1024;

  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private InetSocketAddress target;
  private boolean blackHole;
  private long delayNanos;
  private long bytesPerSecond = Long.MAX_VALUE;
  private long bytesToCut = Long.MAX_VALUE;
  private boolean closed;

  private TcpProxy(InetSocketAddress target, ServerSocket listener) {
    this.target = target;
    this.listener = listener;
  }

  /**
   * Starts a proxy that forwards everything.
   *
   * @param targetAddress where to, host:port
   * @return the proxy
   */
  public static TcpProxy to(String targetAddress) {
    return start(ServerSocketFactory.getDefault(), targetAddress);
  }

  /**
   * Starts a proxy that speaks TLS before a server that does not.
   *
   * @param targetAddress where to, host:port
   * @param certificate what it shows
   * @return the proxy
   */
  public static TcpProxy tlsTo(String targetAddress, SelfSigned certificate) {
    return start(certificate.context().getServerSocketFactory(), targetAddress);
  }

  private static TcpProxy start(ServerSocketFactory sockets, String targetAddress) {
    try {
      ServerSocket listener = sockets.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
      TcpProxy proxy = new TcpProxy(parsed(targetAddress), listener);
      proxy.run("accept", proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InetSocketAddress parsed(String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon);
    return new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
  }

  /**
   * Where it listens.
   *
   * @return host:port
   */
  public String address() {
    return "127.0.0.1:" + port();
  }

  /**
   * Where it listens.
   *
   * @return the port on 127.0.0.1
   */
  public int port() {
    return listener.getLocalPort();
  }

  /** From now on nothing arrives, in either direction, and nobody is told. */
  public synchronized void blackHole() {
    blackHole = true;
  }

  /**
   * From now on everything arrives later.
   *
   * @param delay how much, in each direction
   */
  public synchronized void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  /**
   * From now on everything goes through slowly.
   *
   * @param bytes how many a second, in each direction of each connection
   */
  public synchronized void slow(long bytes) {
    bytesPerSecond = bytes;
  }

  /**
   * Once so many bytes more went through, of all connections and directions together, all
   * connections are reset, in the middle of whatever they say.
   *
   * @param bytes how many
   */
  public synchronized void cutAfter(long bytes) {
    bytesToCut = bytes;
  }

  /**
   * From now on new connections go to another server, as after a fail-over.
   *
   * @param targetAddress where to, host:port
   */
  public synchronized void redirect(String targetAddress) {
    target = parsed(targetAddress);
  }

  /** Resets all connections there are. New ones are accepted. */
  public void cut() {
    sockets.forEach(TcpProxy::reset);
  }

  /** Ends black hole, delay, slowness and a cut to come; what was held up arrives. */
  public synchronized void restore() {
    blackHole = false;
    delayNanos = 0;
    bytesPerSecond = Long.MAX_VALUE;
    bytesToCut = Long.MAX_VALUE;
    notifyAll();
  }

  private void run(String role, Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } finally {
                threads.remove(Thread.currentThread());
              }
            },
            "tcp-proxy-" + listener.getLocalPort() + "-" + role);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      acceptOne();
    }
  }

  private void acceptOne() {
    try {
      Socket client = listener.accept();
      sockets.add(client);
      run("connect", () -> connect(client));
    } catch (IOException e) {
      // Closed, or a client that went away at once: the caller looks which.
      return;
    }
  }

  private void connect(Socket client) {
    if (!mayPass(0)) {
      return;
    }
    Socket server = new Socket();
    sockets.add(server);
    try {
      server.connect(target(), 5_000);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      run("to-server", () -> pump(client, server));
      run("to-client", () -> pump(server, client));
    } catch (IOException e) {
      reset(client);
      reset(server);
    }
  }

  private synchronized InetSocketAddress target() {
    return target;
  }

  private void pump(Socket from, Socket to) {
    byte[] chunk = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(chunk); count >= 0 && mayPass(count); count = in.read(chunk)) {
        int whole = untilCut(count);
        out.write(chunk, 0, whole);
        if (whole < count) {
          cut();
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    }
  }

  /** How many of the next bytes go through; fewer than all of them when it is time to cut. */
  private synchronized int untilCut(int count) {
    if (bytesToCut > count) {
      bytesToCut -= bytesToCut == Long.MAX_VALUE ? 0 : count;
      return count;
    }
    int whole = Math.toIntExact(bytesToCut);
    bytesToCut = Long.MAX_VALUE;
    return Math.min(whole, count - 1);
  }

  /** Waits as long as told to. Returns false if the proxy is closed meanwhile. */
  private synchronized boolean mayPass(int bytes) {
    try {
      long start = System.nanoTime();
      long left = pause(bytes);
      while (!closed && (blackHole || left > 0)) {
        if (blackHole) {
          wait();
        } else {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        left = pause(bytes) - (System.nanoTime() - start);
      }
      return !closed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  // Guarded by this.
  private long pause(int bytes) {
    return delayNanos + TimeUnit.SECONDS.toNanos(bytes) / bytesPerSecond;
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is closed.
      return;
    }
  }

  /** Resets all connections and ends all threads. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
    for (Thread thread : threads) {
      try {
        thread.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
