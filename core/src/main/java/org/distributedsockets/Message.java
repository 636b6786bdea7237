package org.distributedsockets;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as an application sees it. Immutable.
 *
 * @param id unique in the cluster
 * @param from the sending user, or null if the application sent it without naming one
 * @param to the address
 * @param payload JSON text, as it was given
 * @param sentAt when it was accepted, in cluster time
 */
public record Message(
    String id, @Nullable String from, Address to, String payload, Instant sentAt) {}
