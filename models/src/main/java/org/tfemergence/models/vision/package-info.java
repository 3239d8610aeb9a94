/**
 * Networks that classify images: {@code Mlp}, {@code ConvNet}, {@code Vgg}, {@code ResNet}, each a
 * record of its configuration made of layers, one file each; variants are one line.
 *
 * <p>The layers are in {@code layer}; images and their variations in {@code data} and {@code
 * augment}.
 */
package org.tfemergence.models.vision;
