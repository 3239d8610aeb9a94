/** Networks that classify images: descriptions made of layers, one file each. */
package org.tfemergence.models.vision;
