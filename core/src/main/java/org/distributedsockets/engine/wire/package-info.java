/** The binary form of what nodes say to each other, version 1. */
@NullMarked
package org.distributedsockets.engine.wire;

import org.jspecify.annotations.NullMarked;
