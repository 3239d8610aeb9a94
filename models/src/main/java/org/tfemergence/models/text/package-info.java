/**
 * Networks that make text of text: descriptions made of layers, and how a sequence is produced
 * token by token.
 *
 * <p>Tokens are numbers; how text becomes tokens lives elsewhere. Sequences are padded at their
 * right.
 */
package org.tfemergence.models.text;
