package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusException;
import org.jspecify.annotations.Nullable;

/** Says in one line, without secrets, what the driver's exceptions mean and what to look at. */
final class Failures {
  private static final int MAX_CHARS = 200;

  private Failures() {}

  /** Why connecting to one address failed. */
  static BusException ofConnecting(BrokerAddress address, Settings settings, Exception e) {
    String broker = "RabbitMQ at " + address;
    String user = "user '" + line(settings.get(RabbitSettings.USER)) + "'";
    if (find(e, AuthenticationFailureException.class) != null) {
      return new BusException(
          broker
              + " does not accept "
              + user
              + " with this password"
              + names(RabbitSettings.USER, RabbitSettings.PASSWORD),
          false,
          e);
    }
    String refusal = closeText(e);
    if (closeCode(e) == AMQP.NOT_ALLOWED && !refusal.contains("limit")) {
      return new BusException(
          broker
              + " has no virtual host '"
              + line(settings.get(RabbitSettings.VHOST))
              + "' that "
              + user
              + " may use"
              + names(RabbitSettings.VHOST, RabbitSettings.USER),
          // A virtual host that is not up yet, after a restart.
          refusal.contains("is down"),
          e);
    }
    if (find(e, CertificateException.class) != null) {
      return new BusException(
          "the certificate of "
              + broker
              + " is not accepted ("
              + text(root(e))
              + ")"
              + names(RabbitSettings.TRUST_STORE, RabbitSettings.ADDRESSES),
          false,
          e);
    }
    SSLException tls = find(e, SSLException.class);
    if (tls != null && text(tls).contains("unrecognized SSL message")) {
      return new BusException(
          broker + " does not speak TLS" + names(RabbitSettings.TLS, RabbitSettings.ADDRESSES),
          false,
          e);
    }
    return new BusException(
        "could not reach "
            + broker
            + " ("
            + reason(e)
            + ")"
            + (isUnreachable(e)
                ? names(RabbitSettings.ADDRESSES)
                : names(RabbitSettings.ADDRESSES, RabbitSettings.TLS)),
        true,
        e);
  }

  /** Why a request to a connected broker failed. */
  static BusException ofRequest(String what, Exception e) {
    int code = closeCode(e);
    boolean permanent =
        (code == AMQP.ACCESS_REFUSED && !isExclusiveUse(e)) || code == AMQP.PRECONDITION_FAILED;
    return new BusException("could not " + what + " (" + reason(e) + ")", !permanent, e);
  }

  /** Whether a queue has another consumer. */
  static boolean isExclusiveUse(Exception e) {
    return closeCode(e) == AMQP.ACCESS_REFUSED && closeText(e).contains("exclusive use");
  }

  static boolean isNotFound(Exception e) {
    return closeCode(e) == AMQP.NOT_FOUND;
  }

  static boolean isPreconditionFailed(Exception e) {
    return closeCode(e) == AMQP.PRECONDITION_FAILED;
  }

  /** Which argument of a queue is not the wished one, if that is what is wrong. */
  static boolean isInequivalent(Exception e, String argument) {
    return isPreconditionFailed(e) && closeText(e).contains("inequivalent arg '" + argument + "'");
  }

  /** Why a connection or channel ended. */
  static String ofShutdown(ShutdownSignalException signal) {
    return "the connection to RabbitMQ was lost (" + reason(signal) + ")";
  }

  static String reason(Exception e) {
    String refusal = closeText(e);
    if (!refusal.isEmpty()) {
      return line(refusal);
    }
    if (e instanceof ShutdownSignalException signal && signal.getCause() == null) {
      return "closed";
    }
    Throwable root = root(e);
    if (root instanceof UnknownHostException) {
      return "unknown host";
    }
    if (root instanceof SocketTimeoutException || root instanceof TimeoutException) {
      return "no answer in time";
    }
    return text(root);
  }

  /** A throwable's own words in one line. */
  static String text(Throwable thrown) {
    String message = thrown.getMessage();
    return line(message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message);
  }

  static String line(String text) {
    String cut = text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}", " ");
  }

  private static boolean isUnreachable(Exception e) {
    Throwable root = root(e);
    return root instanceof UnknownHostException
        || root instanceof ConnectException
        || root instanceof NoRouteToHostException
        || root instanceof SocketTimeoutException;
  }

  private static String names(Setting<?>... settings) {
    StringBuilder names = new StringBuilder();
    for (Setting<?> setting : settings) {
      names.append(names.length() == 0 ? ": " : ", ").append(setting.propertyName());
    }
    return names.toString();
  }

  private static int closeCode(Exception e) {
    Method reason = closeReason(e);
    if (reason instanceof AMQP.Connection.Close close) {
      return close.getReplyCode();
    }
    return reason instanceof AMQP.Channel.Close close ? close.getReplyCode() : 0;
  }

  private static String closeText(Exception e) {
    Method reason = closeReason(e);
    if (reason instanceof AMQP.Connection.Close close) {
      return close.getReplyText();
    }
    return reason instanceof AMQP.Channel.Close close ? close.getReplyText() : "";
  }

  private static @Nullable Method closeReason(Exception e) {
    ShutdownSignalException signal = find(e, ShutdownSignalException.class);
    return signal == null ? null : signal.getReason();
  }

  private static <T extends Throwable> @Nullable T find(Throwable thrown, Class<T> type) {
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < 20; depth++) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
      at = at.getCause();
    }
    return null;
  }

  private static Throwable root(Throwable thrown) {
    Throwable at = thrown;
    for (int depth = 0; depth < 20; depth++) {
      Throwable cause = at.getCause();
      if (cause == null) {
        return at;
      }
      at = cause;
    }
    return at;
  }
}
