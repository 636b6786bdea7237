/** Users who write to each other, in a process of their own, and what they saw. */
@NullMarked
package org.distributedsockets.examples.benchmarks.load;

import org.jspecify.annotations.NullMarked;
