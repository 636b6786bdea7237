package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.Client;
import org.distributedsockets.examples.faults.Person.Habits;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;

/** Clients that vanish, come in crowds, do not read and do not answer. */
final class ClientRows {
  private static final int CROWD = 5_000;
  private static final int DEAF = 50;
  private static final int BULK_BYTES = 50_000;
  private static final int BULK_MESSAGES = 10_000;
  private static final int BULK_A_SECOND = 200;

  /**
   * Until what the kernel holds for them (4 MB) is full, and then the deadline of a send passed.
   */
  private static final int DEAF_FOR_SECONDS = 40;

  private static final Duration LIVENESS = Duration.ofSeconds(40);

  private ClientRows() {}

  static List<Row> all() {
    return List.of(
        new Row(
            "client-black-hole",
            "black hole between a node and its clients for 45 s",
            ClientRows::blackHole),
        new Row(
            "reconnect-storm",
            "5,000 clients reconnecting at once after a node's death",
            ClientRows::storm),
        new Row(
            "deaf-clients",
            "fifty clients that stop reading while 500 MB are sent to them",
            ClientRows::deaf,
            Map.of(
                "missed device",
                "an outbox (16 MiB) was full of what came back from those who do not read")),
        new Row("no-pongs", "twenty clients that never answer pings", ClientRows::noPongs));
  }

  private static void blackHole(Scene scene) throws Exception {
    scene.excusing(
        "n1",
        Duration.ofSeconds(10),
        s -> {
          s.node("n1").toClients().blackHole();
          s.pass(Duration.ofSeconds(45));
          s.node("n1").toClients().restore();
        });
    scene.mended();
    scene.pass(Duration.ofSeconds(15));
  }

  private static void storm(Scene scene) {
    Habits direct = new Habits(Client.Manners.GOOD, true, true);
    List<Person> crowd = scene.traffic().join("crowd", CROWD, direct, scene.node("n1"));
    scene.pass(Duration.ofSeconds(5));
    scene.node("n1").kill();
    scene.mended();
    long took =
        scene.await(
            "the crowd to be connected again",
            Duration.ofSeconds(60),
            () ->
                scene
                    .loop()
                    .call(() -> crowd.stream().allMatch(person -> person.current() != null)));
    scene.found("all connected again after %.1f s".formatted(took / 1e3));
    List<String> names = crowd.stream().map(Person::name).toList();
    long reached = scene.traffic().reachAll(names, scene);
    scene.found("each had one more message %.1f s later".formatted(reached / 1e3));
    scene.pass(Duration.ofSeconds(30));
    scene.node("n1").start();
    scene.pass(Duration.ofSeconds(5));
  }

  private static void deaf(Scene scene) {
    Habits deaf = new Habits(Client.Manners.DEAF, true, true);
    List<Person> stubborn = scene.traffic().join("deaf", DEAF, deaf, scene.node("n1"));
    List<Person> senders = scene.traffic().join("bulk", 4, Habits.GOOD, scene.node("n2"));
    String text = " ".repeat(BULK_BYTES);
    int perTurn = BULK_A_SECOND / 10;
    long fullest = 0;
    for (int sent = 0; sent < BULK_MESSAGES; sent += perTurn) {
      int first = sent;
      scene
          .loop()
          .run(
              () -> {
                for (int i = first; i < first + perTurn; i++) {
                  senders.get(i % senders.size()).send(stubborn.get(i % DEAF).name(), text);
                }
                if (first % (DEAF_FOR_SECONDS * BULK_A_SECOND) == 0) {
                  stubborn.forEach(Person::breakOff);
                }
              });
      scene.pass(Duration.ofMillis(100));
      fullest = Math.max(fullest, scene.node("n1").gauge(Gauge.OUTBOX_BYTES));
    }
    scene.mended();
    scene.found(scene.node("n1").count(Counter.CLIENTS_TOO_SLOW) + " closed as too slow");
    scene.found("the outbox of n1 held up to %.1f MiB".formatted(fullest / 1048576.0));
    scene.pass(Duration.ofSeconds(15));
    // Who does not read does not learn either that his node gave him up.
    scene.loop().run(() -> stubborn.forEach(Person::leave));
  }

  private static void noPongs(Scene scene) {
    Habits silent = new Habits(Client.Manners.SILENT, false, true);
    List<Person> people = scene.traffic().join("silent", 20, silent, scene.node("n1"));
    long took =
        scene.await(
            "all to be closed",
            LIVENESS,
            () -> scene.loop().call(() -> people.stream().allMatch(Person::isGone)));
    scene.mended();
    scene.found(
        "the last was closed after %.1f s; %d closed with 4000"
            .formatted(took / 1e3, scene.node("n1").count(Counter.CLIENTS_UNRESPONSIVE)));
  }
}
