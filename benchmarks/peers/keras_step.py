"""A training step of a network in Keras on TensorFlow, on request: see compare.py."""

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
    return keras.applications.ResNet50(
        weights=None, input_shape=(64, 64, 3), classes=1000, classifier_activation=None)


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
    def attend(x, memory, causal):
        attention = layers.MultiHeadAttention(4, width // 4, dropout=0.3)
        y = attention(x, memory, use_causal_mask=causal)
        return layers.LayerNormalization()(x + layers.Dropout(0.3)(y))

    def feed_forward(x):
        y = layers.Dense(width)(layers.Dense(1024, activation="relu")(x))
        return layers.LayerNormalization()(x + layers.Dropout(0.3)(y))

    first, second = keras.Input((32,), dtype="int32"), keras.Input((32,), dtype="int32")
    table = layers.Embedding(target, width)
    x = layers.Dropout(0.3)(Positions(width)(layers.Embedding(source, width)(first)))
    for _ in range(6):
        x = feed_forward(attend(x, x, False))
    y = layers.Dropout(0.3)(Positions(width)(table(second)))
    for _ in range(6):
        y = feed_forward(attend(attend(y, y, True), x, False))
    logits = keras.ops.matmul(y, keras.ops.transpose(keras.ops.cast(table.embeddings, y.dtype)))
    return keras.Model([first, second], layers.Activation("linear", dtype="float32")(logits))


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
        optimizer = keras.optimizers.Adam(1e-7, 0.9, 0.98)
    else:
        network = vgg19() if options.network == "vgg19" else resnet50()
        batch, size, classes = (128, 32, 10) if options.network == "vgg19" else (32, 64, 1000)
        x = random.random((batch, size, size, 3), dtype="float32")
        labels = random.integers(0, classes, (batch,))
        optimizer = keras.optimizers.SGD(1e-4, 0.9)
    network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            network.train_on_batch(x, labels)
        print(time.perf_counter() - start, flush=True)


main()
