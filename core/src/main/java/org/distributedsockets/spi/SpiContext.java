package org.distributedsockets.spi;

import java.time.Duration;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;

/**
 * What a node lends to an adapter.
 *
 * @param nodeId the node's id
 * @param settings where the adapter reads its own {@link org.distributedsockets.Setting}s
 * @param time monotonic time
 * @param operationTimeout the longest a blocking call of the adapter may take
 * @param errors told of failures that no caller waits for
 */
public record SpiContext(
    String nodeId,
    Settings settings,
    TimeSource time,
    Duration operationTimeout,
    ErrorListener errors) {}
