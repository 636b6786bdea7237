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

  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private boolean blackHole;
  private long delayNanos;
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
    int colon = targetAddress.lastIndexOf(':');
    String host = targetAddress.substring(0, colon);
    int port = Integer.parseInt(targetAddress.substring(colon + 1));
    try {
      ServerSocket listener = sockets.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
      TcpProxy proxy =
          new TcpProxy(new InetSocketAddress(InetAddress.getByName(host), port), listener);
      proxy.run("accept", proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  /** Resets all connections there are. New ones are accepted. */
  public void cut() {
    sockets.forEach(TcpProxy::reset);
  }

  /** Ends black hole and delay; what was held up arrives. */
  public synchronized void restore() {
    blackHole = false;
    delayNanos = 0;
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
    if (!mayPass()) {
      return;
    }
    Socket server = new Socket();
    sockets.add(server);
    try {
      server.connect(target, 5_000);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      run("to-server", () -> pump(client, server));
      run("to-client", () -> pump(server, client));
    } catch (IOException e) {
      reset(client);
      reset(server);
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] chunk = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(chunk); count >= 0 && mayPass(); count = in.read(chunk)) {
        out.write(chunk, 0, count);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    }
  }

  /** Waits as long as told to. Returns false if the proxy is closed meanwhile. */
  private synchronized boolean mayPass() {
    try {
      long until = System.nanoTime() + delayNanos;
      long left = delayNanos;
      while (!closed && (blackHole || (delayNanos > 0 && left > 0))) {
        if (blackHole) {
          wait();
        } else {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        left = until - System.nanoTime();
      }
      return !closed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
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
