/** What clients and this node say to each other in WebSocket text frames. */
@NullMarked
package org.distributedsockets.protocol;

import org.jspecify.annotations.NullMarked;
