/** Random variations of images, on plain arrays: they know neither data sets nor graphs. */
package org.tfemergence.models.augment;
