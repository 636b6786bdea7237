package org.distributedsockets.examples.war;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Constants;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The WAR in a Tomcat that deploys and undeploys it. */
class UndeployIT {
  private static final Path WAR = Path.of("target", "war.war").toAbsolutePath();

  @TempDir private Path base;
  private final Tomcat tomcat = new Tomcat();
  private int port;

  @BeforeEach
  void start() throws Exception {
    tomcat.setBaseDir(base.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.getHost();
    tomcat.start();
    assertTrue(base.resolve("webapps").toFile().mkdirs());
    port = tomcat.getConnector().getLocalPort();
  }

  @AfterEach
  void stop() throws Exception {
    tomcat.stop();
    tomcat.destroy();
  }

  private Context deploy(String path) {
    ContextConfig config = new ContextConfig();
    config.setDefaultWebXml(Constants.NoDefaultWebXml);
    StandardContext context = new StandardContext();
    context.setPath(path);
    context.setDocBase(WAR.toString());
    context.addLifecycleListener(config);
    tomcat.getHost().addChild(context);
    assertTrue(context.getState().isAvailable());
    return context;
  }

  private WeakReference<ClassLoader> undeploy(Context context) throws Exception {
    WeakReference<ClassLoader> loader = new WeakReference<>(context.getLoader().getClassLoader());
    tomcat.getHost().removeChild(context);
    return loader;
  }

  private RawClient connect(String path, String user) throws Exception {
    RawClient client = new RawClient(port);
    assertEquals(101, client.handshake("GET " + path + "/ws?user_id=" + user).status());
    return client;
  }

  private void order(String path, String user) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path + "/orders/" + user))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(202, answer.statusCode(), answer::body);
  }

  private static List<String> threadsOfTheLibrary() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("ds-") || name.equals("memory-bus"))
        .toList();
  }

  @Test
  void leavesNothingWhenItIsUndeployed() throws Exception {
    WeakReference<ClassLoader> loader;
    try (RawClient bob = connectAndTell()) {
      loader = undeploy((Context) tomcat.getHost().findChild("/shop"));
      RawClient.Frame close = bob.readFrame();
      assertEquals(1001, close.closeCode());
      assertTrue(close.closeReason().contains("retry-after-ms="), close.closeReason());
      bob.sendFrame(RawClient.CLOSE, true, new byte[] {0x03, (byte) 0xE9});
      assertThrows(EOFException.class, bob::readFrame);
    }
    Eventually.holds(
        () -> "no thread of it: " + threadsOfTheLibrary(), () -> threadsOfTheLibrary().isEmpty());
    makeTheJdkForgetIt();
    Eventually.holds(
        "its class loader is collected",
        () -> {
          System.gc();
          return loader.get() == null;
        });
  }

  /**
   * JDK 17 keeps the type of the last record component for which it made an equals or hashCode
   * (java.lang.runtime.ObjectMethods, in the asTypeCache of its method handles), and with it the
   * class loader of that type, until another record replaces it.
   */
  private void makeTheJdkForgetIt() {
    record Another(UndeployIT component) {}
    Another one = new Another(this);
    assertEquals(one.hashCode(), new Another(this).hashCode());
    assertEquals(one, new Another(this));
  }

  private RawClient connectAndTell() throws Exception {
    deploy("/shop");
    RawClient bob = connect("/shop", "bob");
    order("/shop", "bob");
    assertEquals("{\"to\":\"bob\",\"body\":\"your order is ready\"}", bob.readText());
    return bob;
  }

  @Test
  void doesNotDisturbAnotherOne() throws Exception {
    Context first = deploy("/first");
    deploy("/second");
    try (RawClient bob = connect("/first", "bob");
        RawClient other = connect("/second", "bob")) {
      order("/first", "bob");
      assertEquals("{\"to\":\"bob\",\"body\":\"your order is ready\"}", bob.readText());
      undeploy(first);
      assertEquals(1001, bob.readFrame().closeCode());
      order("/second", "bob");
      assertEquals("{\"to\":\"bob\",\"body\":\"your order is ready\"}", other.readText());
      assertFalse(threadsOfTheLibrary().stream().anyMatch(name -> name.contains("n1-first")));
    }
  }
}
