package org.distributedsockets.examples.springboot;

import java.util.Map;
import java.util.stream.Collectors;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Handshake;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.tomcat.TomcatBinding;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/** The node, and where clients connect to it. */
@Configuration(proxyBeanMethods = false)
class SocketsConfiguration {

  @Bean
  SocketNode socketNode(Environment environment) {
    return SocketNode.builder()
        .settings(Settings.builder().properties(propertiesOf(environment)).build())
        .authenticator(SocketsConfiguration::loggedIn)
        .build();
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> sockets(SocketNode node) {
    return factory ->
        factory.addContextCustomizers(context -> TomcatBinding.install(context, node, "/ws"));
  }

  /** Whatever Spring knows that begins with {@code distributed-sockets}. */
  private static Map<String, String> propertiesOf(Environment environment) {
    return Binder.get(environment)
        .bind("distributed-sockets", Bindable.mapOf(String.class, String.class))
        .orElse(Map.of())
        .entrySet()
        .stream()
        .collect(
            Collectors.toMap(
                entry -> "distributed-sockets." + entry.getKey(), Map.Entry::getValue));
  }

  /** Runs on the request's thread, so what Spring keeps for the request is at hand. */
  private static Authenticator.Result loggedIn(Handshake handshake) {
    Object user =
        RequestContextHolder.currentRequestAttributes()
            .getAttribute(LoginFilter.USER, RequestAttributes.SCOPE_REQUEST);
    return user == null
        ? Authenticator.refuse("log in first")
        : Authenticator.accept((String) user);
  }
}
