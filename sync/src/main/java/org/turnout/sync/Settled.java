package org.turnout.sync;

import java.util.List;

/**
 * What a settlement found and did.
 *
 * @param standing which side is primary
 * @param left what is still to be made true or to be tidied, as warnings that name the side: it did
 *     not answer, or refused. To be settled again until nothing is left: a slot that nobody reads
 *     fills a disk, and a fence that nobody confirmed expires
 */
public record Settled(Standing standing, List<Finding> left) {
  public Settled {
    left = List.copyOf(left);
  }
}
