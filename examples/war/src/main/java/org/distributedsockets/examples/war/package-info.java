/** An existing web application, deployed as a WAR, that gains the library. */
@NullMarked
package org.distributedsockets.examples.war;

import org.jspecify.annotations.NullMarked;
