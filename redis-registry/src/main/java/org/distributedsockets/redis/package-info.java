/** The connection registry on Redis. */
@NullMarked
package org.distributedsockets.redis;

import org.jspecify.annotations.NullMarked;
