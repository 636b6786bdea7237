/** The two ways to find a recipient that ship: by the registry, and by asking every node. */
@NullMarked
package org.distributedsockets.routing;

import org.jspecify.annotations.NullMarked;
