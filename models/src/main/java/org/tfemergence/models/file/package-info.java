/**
 * Files and folders that are either complete or not there: written under a hidden name, brought to
 * the disk, and renamed.
 *
 * <p>Knows nothing of what is in them: checkpoints are made in {@code fit}, exports in {@code
 * export}.
 */
package org.tfemergence.models.file;
