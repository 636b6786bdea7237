/**
 * What an application touches: a {@link org.distributedsockets.SocketNode} that joins the cluster,
 * an {@link org.distributedsockets.Address} to send to, an {@link org.distributedsockets.Outcome}
 * that says what became of it.
 *
 * <p>Nothing here knows Redis, RabbitMQ or a servlet container; those are plugged in through {@code
 * org.distributedsockets.spi}.
 */
@NullMarked
package org.distributedsockets;

import org.jspecify.annotations.NullMarked;
