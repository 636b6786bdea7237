/** The real servers that tests run against. */
@NullMarked
package org.distributedsockets.testkit.servers;

import org.jspecify.annotations.NullMarked;
