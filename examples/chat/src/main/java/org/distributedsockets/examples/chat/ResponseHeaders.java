package org.distributedsockets.examples.chat;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says what browsers may do with the answers: the page runs no foreign code, and only allowed
 * origins read the health.
 */
final class ResponseHeaders extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss: http: https:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final transient Set<String> allowedOrigins;

  ResponseHeaders(Set<String> allowedOrigins) {
    this.allowedOrigins = allowedOrigins;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    if (request.getServletPath().equals("/health")) {
      allowCrossOrigin(request.getHeader("Origin"), response);
    }
    chain.doFilter(request, response);
  }

  private void allowCrossOrigin(@Nullable String origin, HttpServletResponse response) {
    response.setHeader("Vary", "Origin");
    if (origin != null && allowedOrigins.contains(origin)) {
      response.setHeader("Access-Control-Allow-Origin", origin);
    }
  }
}
