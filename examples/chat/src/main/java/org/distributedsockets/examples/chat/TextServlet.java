package org.distributedsockets.examples.chat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Answers GET with a text that is made anew each time. */
final class TextServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient Supplier<Text> answer;

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param type the media type
   * @param body the text
   */
  record Text(int status, String type, String body) {
    static Text json(int status, Object body) {
      return new Text(status, "application/json", body.toString());
    }
  }

  TextServlet(Supplier<Text> answer) {
    this.answer = answer;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Text text = answer.get();
    byte[] body = text.body().getBytes(StandardCharsets.UTF_8);
    response.setStatus(text.status());
    response.setContentType(text.type());
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
