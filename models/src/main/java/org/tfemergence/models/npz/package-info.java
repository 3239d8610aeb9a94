/**
 * Arrays by name in NumPy's {@code .npz} files, as other frameworks' weights travel. Knows nothing
 * of graphs and variables.
 */
package org.tfemergence.models.npz;
