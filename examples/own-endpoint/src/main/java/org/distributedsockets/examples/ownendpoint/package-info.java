/** An existing application with a WebSocket endpoint of its own that gains delivery on any node. */
@NullMarked
package org.distributedsockets.examples.ownendpoint;

import org.jspecify.annotations.NullMarked;
