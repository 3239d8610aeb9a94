"""A training step of a network in Keras on TensorFlow, on request: see compare.py.

The networks are those of TrainingStep: as many parameters, dropout in the same places.
"""

import argparse
import math
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

# Of fairseq's configuration and of Transformer.iwslt.
ATTENTION_DROPOUT = 0.0

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)


def vgg19():
    x = inputs = keras.Input((32, 32, 3))
    for width, count in [(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)]:
        for _ in range(count):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, dtype="float32")(layers.Flatten()(x)))


def resnet50():
    """Torchvision's: the stride in the convolution of 3 x 3, no biases before a normalization.

    keras.applications has the older one, which strides in the first convolution of a block.
    """

    def convolution(x, width, size, stride, activation=True):
        if size > 1:
            x = layers.ZeroPadding2D(size // 2)(x)
        x = layers.Conv2D(width, size, stride, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        return layers.ReLU()(x) if activation else x

    x = inputs = keras.Input((64, 64, 3))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(convolution(x, 64, 7, 2)))
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for block in range(blocks):
            first = stride if block == 0 else 1
            y = convolution(convolution(x, width, 1, 1), width, 3, first)
            y = convolution(y, 4 * width, 1, 1, activation=False)
            if block == 0:
                x = convolution(x, 4 * width, 1, first, activation=False)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(1000, dtype="float32")(x))


class Positions(layers.Layer):
    def __init__(self, width):
        super().__init__()
        angles = np.arange(256)[:, None] * np.exp(np.arange(0, width, 2) * (-math.log(1e4) / width))
        self.table = np.concatenate([np.sin(angles), np.cos(angles)], 1).astype("float32")
        self.scale = math.sqrt(width)

    def call(self, x):
        table = tf.cast(self.table[: x.shape[1]], x.dtype)
        return x * tf.cast(self.scale, x.dtype) + table


def transformer(source=8848, target=6632, width=512):
    def attend(x, memory, real, causal):
        attention = layers.MultiHeadAttention(4, width // 4, dropout=ATTENTION_DROPOUT)
        y = attention(x, memory, attention_mask=real, use_causal_mask=causal)
        return layers.LayerNormalization()(x + layers.Dropout(0.3)(y))

    def feed_forward(x):
        y = layers.Dense(width)(layers.Dense(1024, activation="relu")(x))
        return layers.LayerNormalization()(x + layers.Dropout(0.3)(y))

    first, second = keras.Input((32,), dtype="int32"), keras.Input((32,), dtype="int32")
    real, produced = [
        layers.Lambda(lambda ids: keras.ops.expand_dims(ids != 0, 1))(ids) for ids in (first, second)]
    table = layers.Embedding(target, width)
    x = layers.Dropout(0.3)(Positions(width)(layers.Embedding(source, width)(first)))
    for _ in range(6):
        x = feed_forward(attend(x, x, real, False))
    y = layers.Dropout(0.3)(Positions(width)(table(second)))
    for _ in range(6):
        y = feed_forward(attend(attend(y, y, produced, True), x, real, False))
    logits = keras.ops.matmul(y, keras.ops.transpose(keras.ops.cast(table.embeddings, y.dtype)))
    return keras.Model([first, second], layers.Activation("linear", dtype="float32")(logits))


def smoothed(labels, logits, share=0.1):
    """Cross-entropy with label smoothing, without a vector per label."""
    labels = keras.ops.cast(keras.ops.reshape(labels, keras.ops.shape(logits)[:-1]), "int32")
    total = keras.ops.logsumexp(logits, axis=-1)
    right = keras.ops.squeeze(
        keras.ops.take_along_axis(logits, keras.ops.expand_dims(labels, -1), axis=-1), -1)
    return total - (1 - share) * right - share * keras.ops.mean(logits, axis=-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=["vgg19", "resnet50", "transformer"])
    parser.add_argument("--bfloat16", action="store_true")
    options = parser.parse_args()
    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    random = np.random.default_rng(1)
    if options.network == "transformer":
        network = transformer()
        x = [random.integers(4, 8848, (64, 32)), random.integers(4, 6632, (64, 32))]
        labels = random.integers(4, 6632, (64, 32))
        optimizer = keras.optimizers.Adam(1e-7, 0.9, 0.98, 1e-8)
        loss = smoothed
    else:
        network = vgg19() if options.network == "vgg19" else resnet50()
        batch, size, classes = (128, 32, 10) if options.network == "vgg19" else (32, 64, 1000)
        x = random.random((batch, size, size, 3), dtype="float32")
        labels = random.integers(0, classes, (batch,))
        optimizer = keras.optimizers.SGD(1e-4, 0.9)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer, loss)

    parameters = sum(math.prod(weight.shape) for weight in network.trainable_weights)
    print(f"Keras {keras.__version__} on TensorFlow {tf.__version__}, {parameters:,} parameters",
          flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            network.train_on_batch(x, labels)
        print(time.perf_counter() - start, flush=True)


main()
