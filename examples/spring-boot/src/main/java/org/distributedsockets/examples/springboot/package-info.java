/** An existing Spring Boot application that gains the library. */
@NullMarked
package org.distributedsockets.examples.springboot;

import org.jspecify.annotations.NullMarked;
