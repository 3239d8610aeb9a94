/**
 * The variables of a graph: their registry, and how they are saved and restored.
 *
 * <p>What the variables mean, and what updates them, lives elsewhere.
 */
package org.tfemergence.models.variable;
