/** A message bus over NATS JetStream. {@code docs/writing-an-adapter.md} leads here. */
@NullMarked
package org.distributedsockets.examples.custombus;

import org.jspecify.annotations.NullMarked;
