/**
 * A registry and a bus that live in the memory of one JVM, shared by all nodes in it: for
 * demonstrations, for an application's tests, and, through the faults of {@link
 * org.distributedsockets.memory.MemoryCluster}, for trying what happens when a backend fails.
 */
@NullMarked
package org.distributedsockets.memory;

import org.jspecify.annotations.NullMarked;
