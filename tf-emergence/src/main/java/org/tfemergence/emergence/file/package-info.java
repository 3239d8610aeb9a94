/**
 * Files and folders that are either complete or not there: written in a hidden folder beside them,
 * brought to the disk, and renamed. What a killed process left of one is cleared away by the next
 * that writes it, and known by a lock that nobody has.
 *
 * <p>Knows nothing of what is in them.
 */
package org.tfemergence.emergence.file;
