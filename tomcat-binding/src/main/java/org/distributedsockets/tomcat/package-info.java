/** Installs the library in a Tomcat server. */
@NullMarked
package org.distributedsockets.tomcat;

import org.jspecify.annotations.NullMarked;
