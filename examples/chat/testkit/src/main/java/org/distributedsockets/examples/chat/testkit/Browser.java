package org.distributedsockets.examples.chat.testkit;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.distributedsockets.testkit.Eventually;

/**
 * A Chromium without a window, in a process of its own, that shows one page and reaches nothing but
 * this machine. Ends with this JVM at the latest. For one thread; each wait has an end.
 */
public final class Browser implements AutoCloseable {
  private static final List<String> PROGRAMS =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final ChatProcess process;
  private final DevTools page;

  private Browser(ChatProcess process, DevTools page) {
    this.process = process;
    this.page = page;
  }

  /**
   * Starts one with an empty page.
   *
   * @param folder where it keeps its files; empty
   * @param width the width of the page in pixels
   * @param height the height of what is seen of the page in pixels
   * @return the browser
   * @throws AssertionError if there is none on this machine; says what to install
   * @throws Exception if it does not start
   */
  public static Browser start(Path folder, int width, int height) throws Exception {
    ChatProcess process =
        ChatProcess.startProgram(
            List.of(
                program().toString(),
                "--headless=new",
                "--no-sandbox", // which a container or root does not have
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank"),
            folder,
            "PATH=" + System.getenv("PATH"),
            "HOME=" + folder,
            "TMPDIR=" + folder);
    try {
      Browser browser = new Browser(process, newPage(port(process, folder)));
      browser.prepare(width, height);
      return browser;
    } catch (Exception | AssertionError e) {
      end(process);
      throw e;
    }
  }

  private static Path program() {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String name : PROGRAMS) {
        Path program = Path.of(folder, name);
        if (Files.isExecutable(program)) {
          return program;
        }
      }
    }
    throw new AssertionError(
        "no browser: none of "
            + PROGRAMS
            + " is in the PATH. Install Chromium (for example the Debian package chromium).");
  }

  /** Where it takes commands: a port that it found itself and wrote down. */
  private static int port(ChatProcess process, Path folder) throws IOException {
    Path note = folder.resolve("DevToolsActivePort");
    Eventually.holds(
        () -> "the browser takes commands: " + process.output(),
        () -> {
          if (!process.handle().isAlive()) {
            throw new AssertionError("the browser ended: " + process.output());
          }
          return note.toFile().length() > 0;
        });
    return Integer.parseInt(Files.readAllLines(note).get(0));
  }

  private static DevTools newPage(int port) throws Exception {
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest wish =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    String answer =
        Eventually.result("a page", http.sendAsync(wish, HttpResponse.BodyHandlers.ofString()))
            .body();
    JsonObject target = JsonParser.parseString(answer).getAsJsonObject();
    return new DevTools(http, URI.create(target.get("webSocketDebuggerUrl").getAsString()));
  }

  private void prepare(int width, int height) {
    for (String domain : List.of("Page", "Runtime", "Log")) {
      page.call(domain + ".enable", Map.of());
    }
    page.call("Page.setLifecycleEventsEnabled", Map.of("enabled", true));
    page.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /**
   * Opens an address and waits until the page is loaded.
   *
   * @param address where to go
   * @throws AssertionError if there is no such page
   */
  public void open(String address) {
    JsonObject answer = page.call("Page.navigate", Map.of("url", address));
    if (answer.has("errorText")) {
      throw new AssertionError(address + ": " + answer.get("errorText"));
    }
    JsonElement loader = answer.get("loaderId");
    Eventually.holds(address + " is loaded", () -> page.events().stream().anyMatch(loaded(loader)));
  }

  private static Predicate<JsonObject> loaded(JsonElement loader) {
    return event ->
        method(event).equals("Page.lifecycleEvent")
            && event.getAsJsonObject("params").get("loaderId").equals(loader)
            && event.getAsJsonObject("params").get("name").getAsString().equals("load");
  }

  private static String method(JsonObject event) {
    return event.get("method").getAsString();
  }

  /**
   * Evaluates JavaScript in the page.
   *
   * @param expression an expression whose value JSON can express
   * @return its value; JSON's null for undefined
   * @throws AssertionError if it throws
   */
  public JsonElement evaluate(String expression) {
    JsonObject answer =
        page.call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    JsonElement value = answer.getAsJsonObject("result").get("value");
    return value == null ? JsonNull.INSTANCE : value;
  }

  /**
   * What went wrong in the page so far: exceptions that nobody caught, errors on its console, and
   * those that the browser logs, such as a file that is not there.
   *
   * @return the events of the Chrome DevTools Protocol, as JSON
   */
  public List<String> errors() {
    List<String> errors = new ArrayList<>();
    for (JsonObject event : page.events()) {
      JsonObject about = event.getAsJsonObject("params");
      boolean error =
          switch (method(event)) {
            case "Runtime.exceptionThrown" -> true;
            case "Runtime.consoleAPICalled" ->
                List.of("error", "assert").contains(about.get("type").getAsString());
            case "Log.entryAdded" ->
                about.getAsJsonObject("entry").get("level").getAsString().equals("error");
            default -> false;
          };
      if (error) {
        errors.add(event.toString());
      }
    }
    return errors;
  }

  /**
   * What is seen of the page.
   *
   * @return a PNG file
   */
  public byte[] screenshot() {
    JsonObject answer = page.call("Page.captureScreenshot", Map.of("format", "png"));
    return Base64.getDecoder().decode(answer.get("data").getAsString());
  }

  /** Ends the browser and waits until it no longer touches its folder. */
  @Override
  public void close() {
    page.close();
    end(process);
  }

  private static void end(ChatProcess process) {
    ProcessHandle browser = process.handle();
    List<ProcessHandle> all = Stream.concat(browser.descendants(), Stream.of(browser)).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    Eventually.holds("the end of the browser", () -> all.stream().allMatch(Browser::hasEnded));
  }

  /** One whose parent ended as well counts as alive until it is buried, but has no program. */
  private static boolean hasEnded(ProcessHandle process) {
    return !process.isAlive() || process.info().command().isEmpty();
  }
}
