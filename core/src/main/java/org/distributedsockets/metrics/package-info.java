/** What a node counts, and the small listener by which any metrics library can hear of it. */
@NullMarked
package org.distributedsockets.metrics;

import org.jspecify.annotations.NullMarked;
