/** The pure core: no class here knows Redis, RabbitMQ or a container. */
@NullMarked
package org.distributedsockets.engine;

import org.jspecify.annotations.NullMarked;
