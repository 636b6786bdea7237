/** Bare WebSocket servers: what a container can do at the most. */
@NullMarked
package org.distributedsockets.examples.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
