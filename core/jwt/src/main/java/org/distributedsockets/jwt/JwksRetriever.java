package org.distributedsockets.jwt;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.ErrorListener;

/**
 * Fetches a key set within a time and a size, both for the whole answer: a server that sends byte
 * after byte holds nobody up for longer. Follows no redirect. Thread-safe.
 */
final class JwksRetriever implements ResourceRetriever {
  /** Some hundred keys with certificates. */
  private static final int MAX_BYTES = 256 * 1024;

  private final Duration timeout;
  private final ErrorListener errors;
  private final HttpClient client;
  private volatile boolean lastTryFailed;

  JwksRetriever(Duration timeout, ErrorListener errors) {
    this.timeout = timeout;
    this.errors = errors;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
  }

  boolean lastTryFailed() {
    return lastTryFailed;
  }

  @Override
  public Resource retrieveResource(URL url) throws IOException {
    URI address = URI.create(url.toString());
    try {
      Resource fetched = fetch(address);
      lastTryFailed = false;
      return fetched;
    } catch (IOException e) {
      lastTryFailed = true;
      errors.onError("the key set at " + shown(address) + " could not be fetched", e);
      throw e;
    }
  }

  /** Without the query, which may hold somebody's key. */
  private static String shown(URI address) {
    return address.getScheme() + "://" + address.getRawAuthority() + address.getRawPath();
  }

  private Resource fetch(URI address) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(timeout).build();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(
            request,
            BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> add(bytes, body))));
    try {
      int status = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS).statusCode();
      if (status != 200) {
        throw new IOException("status " + status);
      }
      return new Resource(body.toString(StandardCharsets.UTF_8), null);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      answer.cancel(true);
    }
  }

  private static void add(byte[] bytes, ByteArrayOutputStream body) {
    if (body.size() + bytes.length > MAX_BYTES) {
      throw new IllegalStateException("longer than " + MAX_BYTES + " bytes");
    }
    body.writeBytes(bytes);
  }
}
