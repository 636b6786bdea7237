package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.distributedsockets.examples.chat.ChatSettings;
import org.junit.jupiter.api.Test;

/** {@code compose.yaml} says what this server understands. No container is started. */
class ContainerFilesTest {
  private static final Path COMPOSE = Path.of("compose.yaml");
  private static final Pattern VARIABLE = Pattern.compile("(?m)^ +([A-Z_]+): \"?([^\"\\n]*)\"?$");
  private static final Set<String> KNOWN =
      Set.of(
          "PORT",
          "SERVER_ID",
          "REDIS_ADDR",
          "REDIS_PASSWORD",
          "RABBITMQ_ADDR",
          "RABBITMQ_USER",
          "RABBITMQ_PASSWORD",
          "RABBITMQ_VHOST",
          "ALLOWED_ORIGINS");

  private final String compose = Files.readString(COMPOSE);
  private final int services = compose.indexOf("\nservices:");

  ContainerFilesTest() throws IOException {}

  private static Map<String, String> variables(String text) {
    Map<String, String> variables = new HashMap<>();
    VARIABLE.matcher(text).results().forEach(v -> variables.put(v.group(1), v.group(2)));
    return variables;
  }

  /** What each of the three nodes gets. */
  private List<Map<String, String>> nodes() {
    List<Map<String, String>> nodes = new ArrayList<>();
    for (String service : compose.substring(services).split("(?m)^  (?=[a-z0-9]+:$)", -1)) {
      if (service.contains("<<: *node")) {
        Map<String, String> node = variables(compose.substring(0, services));
        node.putAll(variables(service));
        nodes.add(node);
      }
    }
    return nodes;
  }

  @Test
  void startsThreeNodesOfOneCluster() {
    List<Map<String, String>> nodes = nodes();
    assertEquals(3, nodes.size());
    List<String> ids = new ArrayList<>();
    for (Map<String, String> node : nodes) {
      assertTrue(KNOWN.containsAll(node.keySet()), node::toString);
      ChatSettings settings = ChatSettings.load(node, Path.of("no-such-file"));
      assertTrue(settings.cluster());
      assertEquals(Optional.of(5000), settings.port());
      ids.add(settings.serverId().orElseThrow());
    }
    assertEquals(List.of("n1", "n2", "n3"), ids);
  }

  @Test
  void namesServicesThatAreThereAndThePasswordTheyWant() {
    Map<String, String> broker = variables(compose.substring(services));
    for (Map<String, String> node : nodes()) {
      for (String address : List.of(node.get("REDIS_ADDR"), node.get("RABBITMQ_ADDR"))) {
        String host = address.substring(0, address.indexOf(':'));
        assertTrue(compose.contains("\n  " + host + ":\n    image:"), host);
      }
      assertEquals(broker.get("RABBITMQ_DEFAULT_USER"), node.get("RABBITMQ_USER"));
      assertEquals(broker.get("RABBITMQ_DEFAULT_PASS"), node.get("RABBITMQ_PASSWORD"));
      assertEquals("development-only", node.get("RABBITMQ_PASSWORD"));
    }
  }
}
