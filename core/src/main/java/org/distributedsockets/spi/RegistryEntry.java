package org.distributedsockets.spi;

/**
 * A registration and who holds it. Immutable.
 *
 * @param owner the membership that registered it
 * @param registration what it registered
 */
public record RegistryEntry(NodeIdentity owner, Registration registration) {}
