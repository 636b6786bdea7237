package org.distributedsockets.engine;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import com.google.gson.reflect.TypeToken;
import java.util.HashMap;
import java.util.Map;

/** A connection's metadata as the text that a registry keeps: a flat JSON object, or nothing. */
final class MetadataText {
  private static final Gson GSON = new Gson();
  private static final TypeToken<Map<String, String>> TYPE = new TypeToken<>() {};

  private MetadataText() {}

  static String format(Map<String, String> metadata) {
    return metadata.isEmpty() ? "" : GSON.toJson(metadata);
  }

  /** Another node wrote it, so anything that is not such an object counts as nothing. */
  static Map<String, String> parse(String text) {
    try {
      Map<String, String> parsed = text.isEmpty() ? null : GSON.fromJson(text, TYPE);
      if (parsed == null) {
        return Map.of();
      }
      Map<String, String> metadata = new HashMap<>(parsed);
      metadata.values().removeIf(value -> value == null);
      return metadata;
    } catch (JsonSyntaxException e) {
      return Map.of();
    }
  }
}
