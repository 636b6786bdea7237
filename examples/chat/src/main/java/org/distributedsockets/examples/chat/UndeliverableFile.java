package org.distributedsockets.examples.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.distributedsockets.Message;
import org.distributedsockets.Outcome;
import org.distributedsockets.UndeliverableHook;

/**
 * Keeps what found nobody, one line of JSON each, where another application would store it or send
 * a push notification. Thread-safe.
 */
final class UndeliverableFile implements UndeliverableHook {
  private final Path file;

  UndeliverableFile(Path file) {
    this.file = file;
  }

  @Override
  public synchronized void onUndeliverable(Message message, Outcome outcome) {
    JsonObject line = new JsonObject();
    line.addProperty("from", message.from());
    line.addProperty(message.to().kind().name().toLowerCase(Locale.ROOT), message.to().name());
    line.add("body", JsonParser.parseString(message.payload()));
    line.addProperty("status", outcome.status().name().toLowerCase(Locale.ROOT));
    // In one write, since other nodes may append to the same file.
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = UTF_8.encode(line + "\n");
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
