package org.distributedsockets.spi;

import java.util.List;
import org.distributedsockets.Address;

/**
 * Remembers which node holds which connections. Shared by all nodes; its data is soft state that
 * every node can write again.
 *
 * <p>All methods block, for at most the operation timeout of the {@link SpiContext} the registry
 * was opened with. The library calls them from one bounded executor, batch by batch, never from a
 * container's thread.
 *
 * <p>An entry is <em>live</em> while its owner's lease names the owner's incarnation. Entries that
 * are not live are never returned, and come to life again if the lease is written again with the
 * same incarnation.
 *
 * <p>Implementations must ensure:
 *
 * <ol>
 *   <li>each method either does its work or throws {@link RegistryException} within the operation
 *       timeout; a call that threw may have been applied, and repeating it changes nothing further;
 *   <li>{@code renew} writes the lease if it is absent, the caller's own or that of the {@link
 *       LeaseRequest#former} incarnation, in one atomic step, and never otherwise;
 *   <li>{@code renew} writes in the same step whether the caller's entries are complete ({@link
 *       LeaseRequest#isCompleteIn}). While a lease that is valid says that they are not, {@code
 *       locate} answers as in the grace period below, as of the same moment as its entries;
 *   <li>{@code unregister} removes an entry only if address, entry id, node <em>and</em>
 *       incarnation match, in one atomic step;
 *   <li>{@code register} is atomic per registration: of any number of concurrent ones, no more than
 *       the limit are accepted; registering an entry the caller already owns is accepted again and
 *       never counts twice;
 *   <li>times come from the registry's clock only;
 *   <li>when its data was lost it says so: a new epoch, and {@link Location#UNKNOWN} in place of
 *       {@link Location#ABSENT}, and for every group, for a grace period in which the nodes write
 *       theirs again ({@link Location#believed});
 *   <li>all methods may be called from any thread at any time.
 * </ol>
 */
public interface ConnectionRegistry extends AutoCloseable {

  /**
   * Joins, renews the lease, or goes on under a new incarnation.
   *
   * @param request who, for how long, and whether its entries are complete
   * @return what the registry says
   * @throws RegistryException if the registry could not be asked
   */
  LeaseAnswer renew(LeaseRequest request);

  /**
   * Drops the lease if it names the caller's incarnation; else does nothing.
   *
   * @param self the caller's membership
   * @throws RegistryException if the registry could not be asked
   */
  void leave(NodeIdentity self);

  /**
   * Says that nothing of a lost node is left to take care of: it is no longer named in {@link
   * LeaseAnswer#lost} unless it joins and is lost again. Does nothing if it has a live lease.
   *
   * @param nodeId the lost node
   * @throws RegistryException if the registry could not be asked
   */
  void forget(String nodeId);

  /**
   * Registers entries of the caller.
   *
   * @param self the caller's membership
   * @param batch what to register; an entry the caller owns already is overwritten
   * @param limit holds for each user address of the batch; groups are not limited
   * @return one answer per registration, in the same order
   * @throws RegistryException if the registry could not be asked
   */
  List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit);

  /**
   * Removes entries that the caller owns.
   *
   * @param self the membership that registered them
   * @param batch what to remove; only address and entry id count
   * @throws RegistryException if the registry could not be asked
   */
  void unregister(NodeIdentity self, List<Registration> batch);

  /**
   * Tells where addresses have live entries.
   *
   * @param addresses users and groups
   * @return one location per address, in the same order
   * @throws RegistryException if the registry could not be asked
   */
  List<Location> locate(List<Address> addresses);

  /**
   * Lists the live entries of addresses.
   *
   * @param addresses users and groups
   * @return one list per address, in the same order
   * @throws RegistryException if the registry could not be asked
   */
  List<List<RegistryEntry>> entries(List<Address> addresses);

  /** Lets go of everything this object holds. Idempotent, bounded; leases and entries stay. */
  @Override
  void close();
}
