/** Gives what a node counts to a Micrometer registry. */
@NullMarked
package org.distributedsockets.micrometer;

import org.jspecify.annotations.NullMarked;
