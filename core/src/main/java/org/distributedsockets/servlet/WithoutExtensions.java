package org.distributedsockets.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * Hides the extensions a client offers. None is ever agreed on, and a container that parses the
 * header fails on a malformed one in a way that cannot be told from a failure of its own.
 */
final class WithoutExtensions extends HttpServletRequestWrapper {
  private static final String HIDDEN = "Sec-WebSocket-Extensions";

  WithoutExtensions(HttpServletRequest request) {
    super(request);
  }

  @Override
  public @Nullable String getHeader(String name) {
    return name.equalsIgnoreCase(HIDDEN) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return name.equalsIgnoreCase(HIDDEN) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }
}
