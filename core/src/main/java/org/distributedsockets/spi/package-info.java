/**
 * What an adapter implements: {@link org.distributedsockets.spi.ConnectionRegistry}, {@link
 * org.distributedsockets.spi.MessageBus}, {@link org.distributedsockets.spi.Router} and their
 * providers.
 */
@NullMarked
package org.distributedsockets.spi;

import org.jspecify.annotations.NullMarked;
