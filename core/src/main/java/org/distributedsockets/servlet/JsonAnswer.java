package org.distributedsockets.servlet;

import com.google.gson.JsonObject;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Answers a request that is not upgraded: {@code {"message":"..."}}. */
final class JsonAnswer {
  private JsonAnswer() {}

  static void send(HttpServletResponse response, int status, String message) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("message", message);
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    response.setStatus(status);
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }
}
