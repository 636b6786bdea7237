/** A rival: Vert.x and its clustered event bus. */
@NullMarked
package org.distributedsockets.examples.benchmarks.vertx;

import org.jspecify.annotations.NullMarked;
