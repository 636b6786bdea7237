/** Measures a cluster beside what else could carry its messages. */
@NullMarked
package org.distributedsockets.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
