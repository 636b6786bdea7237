package org.distributedsockets.examples.tomcatchat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;
import org.distributedsockets.examples.chat.WebServer;
import org.distributedsockets.examples.chat.WebSite;
import org.distributedsockets.tomcat.TomcatBinding;

/** The chat's web server on Tomcat. */
final class TomcatServer implements WebServer {
  /** A connection that stays open counts; Tomcat's default is 8,192. */
  private static final String MAX_CONNECTIONS = "1000000";

  private final Tomcat tomcat = new Tomcat();
  private final Path folder;

  TomcatServer(WebSite site) {
    try {
      folder = Files.createTempDirectory("tomcat-chat");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tomcat.setBaseDir(folder.toString());
    tomcat.setConnector(connector(site));
    ((StandardHost) tomcat.getHost()).setErrorReportValveClass("");
    addContext(site);
    TomcatBinding.drainOnStop(tomcat.getServer(), site.node(), site.drainLimit());
  }

  private static Connector connector(WebSite site) {
    Connector connector = new Connector();
    connector.setPort(site.port());
    connector.setThrowOnFailure(true);
    connector.setProperty("maxConnections", MAX_CONNECTIONS);
    if (!site.host().isEmpty()) {
      connector.setProperty("address", site.host());
    }
    return connector;
  }

  private void addContext(WebSite site) {
    Context context = tomcat.addContext("", null);
    context.addServletContainerInitializer((classes, servlets) -> add(site, servlets), Set.of());
    TomcatBinding.useSmallBuffers(context);
    TomcatBinding.install(context, site.node(), WebSite.SOCKETS);
  }

  private static void add(WebSite site, ServletContext context) {
    context
        .addFilter("headers", site.filter())
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
    site.servlets()
        .forEach((path, servlet) -> context.addServlet("page " + path, servlet).addMapping(path));
  }

  @Override
  public void open() throws IOException {
    try {
      tomcat.init();
    } catch (LifecycleException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void start() throws Exception {
    tomcat.start();
  }

  @Override
  public void stop() throws Exception {
    if (tomcat.getServer().getState() == LifecycleState.STARTED) {
      tomcat.stop();
    }
    if (tomcat.getServer().getState() != LifecycleState.DESTROYED) {
      tomcat.destroy();
    }
    ExpandWar.delete(folder.toFile());
  }
}
