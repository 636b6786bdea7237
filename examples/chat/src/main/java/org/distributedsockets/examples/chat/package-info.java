/**
 * A chat server that runs on any number of nodes: everything but the web container, which the
 * examples beside it add.
 */
@NullMarked
package org.distributedsockets.examples.chat;

import org.jspecify.annotations.NullMarked;
