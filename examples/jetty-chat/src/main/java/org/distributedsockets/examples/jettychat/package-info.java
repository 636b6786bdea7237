/** The chat server on Jetty. */
@NullMarked
package org.distributedsockets.examples.jettychat;

import org.jspecify.annotations.NullMarked;
