package org.distributedsockets.examples.chat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;

/** Serves one file of the page. */
final class PageServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String type;

  PageServlet(String file, String type) {
    this.file = file;
    this.type = type;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try (InputStream content = PageServlet.class.getResourceAsStream("/web/" + file)) {
      if (content == null) {
        response.sendError(HttpServletResponse.SC_NOT_FOUND);
        return;
      }
      response.setContentType(type);
      response.setHeader("Cache-Control", "no-cache");
      content.transferTo(response.getOutputStream());
    }
  }
}
