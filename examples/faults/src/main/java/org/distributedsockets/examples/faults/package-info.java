/** Breaks a cluster under traffic, and checks what its clients were promised. */
@NullMarked
package org.distributedsockets.examples.faults;

import org.jspecify.annotations.NullMarked;
