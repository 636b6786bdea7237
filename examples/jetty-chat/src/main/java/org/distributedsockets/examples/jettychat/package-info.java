/** A chat server on Jetty that runs on any number of nodes. */
@NullMarked
package org.distributedsockets.examples.jettychat;

import org.jspecify.annotations.NullMarked;
