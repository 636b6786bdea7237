package org.distributedsockets.engine.wire;

import java.util.List;

/**
 * What one node sends to another in one frame of the bus.
 *
 * @param from the id of the sending node
 * @param incarnation the number of its incarnation, which the numbering belongs to
 * @param number counts the batches of this incarnation to this target
 * @param items what it says, in order
 * @param unknownItems how many items this version cannot read, and left out
 */
public record Batch(
    String from, long incarnation, long number, List<Item> items, int unknownItems) {}
