/** Installs the library in a Jetty server. */
@NullMarked
package org.distributedsockets.jetty;

import org.jspecify.annotations.NullMarked;
