package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.distributedsockets.examples.chat.testkit.Browser;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the demonstration as a browser shows it, after the tour that it plays by itself. */
class PageIT {
  private static final int WIDTH = 1400;
  private static final int HEIGHT = 1000;

  /** The first eight bytes of each PNG file (ISO 15948, 5.2); width and height stand at 16. */
  private static final long PNG = 0x89504E470D0A1A0AL;

  @TempDir private static Path directory;
  @TempDir private static Path profile;
  private static ChatProcess chat;
  private static Browser browser;

  @BeforeAll
  static void playTheTour() throws Exception {
    int port = FreePorts.pair();
    chat =
        ChatProcess.start(
            directory,
            "PORT=127.0.0.1:" + port,
            "DISTRIBUTED_SOCKETS_SEND_PARTIAL_OUTCOME_WAIT=5s");
    chat.awaitReady();
    browser = Browser.start(profile, WIDTH, HEIGHT);
    browser.open("http://localhost:" + port + "/?demo=1");
    Eventually.holds(
        () -> "the tour ends: " + browser.evaluate("document.body.innerText"),
        () -> List.of("done", "failed").contains(tour()));
  }

  @AfterAll
  static void stop() {
    chat.close();
    if (browser != null) {
      browser.close();
    }
  }

  private static String tour() {
    return browser.evaluate("document.body.dataset.demo ?? ''").getAsString();
  }

  /** The value that an arrow function has for each element that a selector finds. */
  private static List<String> each(String selector, String value) {
    JsonArray found =
        browser
            .evaluate("[...document.querySelectorAll(`" + selector + "`)].map(" + value + ")")
            .getAsJsonArray();
    List<String> values = new ArrayList<>();
    for (JsonElement element : found) {
      values.add(element.getAsString());
    }
    return values;
  }

  private static List<String> texts(String selector) {
    return each(selector, "found => found.textContent");
  }

  /** A receipt may be here before what it tells of: they come on different connections. */
  private static void awaitArrivals() {
    Eventually.holds("all copies arrive", () -> texts("#ways .waiting").isEmpty());
  }

  @Test
  void endsItsTour() {
    assertEquals("done", tour(), () -> texts("#notice").toString());
    assertEquals(List.of(""), texts("#notice"));
  }

  @Test
  void showsWhoIsOnWhichNode() {
    assertEquals(List.of("n1", "n2"), texts("#board .box strong"));
    Eventually.holds(
        "both are well", () -> texts("#board .box .badge").equals(List.of("up", "up")));
    assertEquals(List.of("alice 1"), texts("#board [data-node='n1'] .socket"));
    assertEquals(List.of("alice 2", "bob 1"), texts("#board [data-node='n2'] .socket"));
    assertEquals(
        List.of("device 1 on n1", "device 2 on n2"), texts("#left [data-role='devices'] span"));
    assertEquals(List.of("device 1 on n2"), texts("#right [data-role='devices'] span"));
  }

  @Test
  void showsEachReceiptAndTheWayItTook() {
    awaitArrivals();
    assertEquals(
        List.of(
            "alice → carol-is-away offline",
            "alice → #lobby delivered 1",
            "bob → alice delivered 2",
            "bob → alice delivered 1",
            "alice → bob delivered 1"),
        each(
            "#ways > li",
            "way => [way.querySelector('.names').textContent, way.dataset.status,"
                + " way.dataset.connections ?? ''].join(' ').trim()"));
    assertEquals(
        List.of("alice 1", "n1", "bus", "n2", "bob 1"), texts("#ways > li:last-child .chip > bdi"));
    assertEquals(List.of("nobody there"), texts("#ways [data-status='offline'] .branches .chip"));
  }

  @Test
  void showsWhatEachUserGot() {
    awaitArrivals();
    assertEquals(
        List.of("I am, on n2. And you?", "This reaches both of your devices."),
        texts("#left [data-role='received'] [data-direction='in'] .body"));
    assertEquals(
        List.of("device 1 on n1", "device 1 on n1 · device 2 on n2"),
        each(
            "#left [data-role='received'] [data-direction='in'] .body + .about",
            "about => about.textContent.split(' · ').sort().join(' · ')"));
    assertEquals(
        List.of("Hello bob, are you there?", "Good morning, room."),
        texts("#right [data-role='received'] [data-direction='in'] .body"));
  }

  @Test
  void showsWhoIsOnlineInARoom() {
    for (String panel : List.of("#left", "#right")) {
      Eventually.holds(
          "both in the room of " + panel,
          () ->
              texts(panel + " [data-role='presence']")
                  .equals(List.of("online in #lobby: alice, bob")));
    }
  }

  @Test
  void hasNoErrorOnItsConsole() {
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void looksLikeAPage() throws Exception {
    byte[] image = browser.screenshot();
    Files.write(Path.of("target", "page.png"), image);
    ByteBuffer png = ByteBuffer.wrap(image);
    assertEquals(PNG, png.getLong(0));
    assertEquals(WIDTH, png.getInt(16));
    assertEquals(HEIGHT, png.getInt(20));
    assertEquals(
        List.of("grid"), each("main", "main => getComputedStyle(main).display"), "its style sheet");
  }
}
