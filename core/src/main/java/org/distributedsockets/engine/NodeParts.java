package org.distributedsockets.engine;

import java.util.concurrent.Executor;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Authenticator;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.MessageListener;
import org.distributedsockets.RequestListener;
import org.distributedsockets.Settings;
import org.distributedsockets.UndeliverableHook;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.MessageTracing;
import org.distributedsockets.spi.RouterProvider;
import org.jspecify.annotations.Nullable;

/**
 * What an application gave to the builder; see {@link org.distributedsockets.SocketNodeBuilder} for
 * each part.
 */
public record NodeParts(
    @Nullable String nodeId,
    Settings settings,
    Authenticator authenticator,
    MessageListener messages,
    ConnectionListener connections,
    UndeliverableHook undeliverable,
    ErrorListener errors,
    MetricsListener metrics,
    MessageTracing tracing,
    ClientProtocol protocol,
    @Nullable ConnectionRegistryProvider registry,
    @Nullable MessageBusProvider bus,
    @Nullable RouterProvider router,
    @Nullable Executor callbacks,
    AccessPolicy access,
    @Nullable RequestListener requests,
    boolean takesConnections) {}
