/** The message bus on RabbitMQ. */
@NullMarked
package org.distributedsockets.rabbitmq;

import org.jspecify.annotations.NullMarked;
