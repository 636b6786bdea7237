/** The chat server on Tomcat. */
@NullMarked
package org.distributedsockets.examples.tomcatchat;

import org.jspecify.annotations.NullMarked;
