/** Files and folders that are either complete or not there. Knows nothing of what is in them. */
package org.tfemergence.models.file;
