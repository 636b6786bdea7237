/** An existing Jetty application that gains the library. */
@NullMarked
package org.distributedsockets.examples.embedded;

import org.jspecify.annotations.NullMarked;
