/**
 * Connects a node to any container with Jakarta WebSocket 2.1 or later: the servlet that upgrades,
 * and the session's events.
 */
@NullMarked
package org.distributedsockets.servlet;

import org.jspecify.annotations.NullMarked;
