"""Writes the SavedModels beside it and what Python computes from them (expected.txt).

Run with TensorFlow 2.21 and Keras 3: python fixtures.py. The tests need no Python.
"""

import os
import shutil

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
L = keras.layers
lines = []


def record(name, values):
    lines.append(name + " " + " ".join(repr(float(v)) for v in np.asarray(values).ravel()))


def ramp(*shape):
    size = int(np.prod(shape))
    return (np.arange(size) % 17 / 17.0 - 0.4).astype("float32").reshape(shape)


def keras_model(name, model, layers):
    keras.utils.set_random_seed(7)
    for variable in model.variables:
        if "seed" not in variable.path:
            variable.assign(np.random.uniform(0.1, 0.9, variable.shape) - 0.3 * ("kernel" in variable.path))
    x = ramp(2, *model.input_shape[1:])
    record(name + ".output", model(x))
    inner = keras.Model(model.input, [model.get_layer(l).output for l in layers])
    for layer, value in zip(layers, inner(x)):
        record(name + "." + layer, value)
    target = os.path.join(HERE, name)
    shutil.rmtree(target, ignore_errors=True)
    model.export(target, verbose=False)
    os.remove(os.path.join(target, "fingerprint.pb"))
    model.summary()


images = keras.Input((8, 8, 3), name="images")
x = L.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(images)
x = L.BatchNormalization(name="bn")(x)
x = L.ReLU(name="stem_relu")(x)
y = L.Conv2D(4, 3, padding="same", name="branch", activation="gelu")(x)
x = L.Add(name="sum")([x, y])
x = L.MaxPool2D(name="pool")(x)
x = L.SeparableConv2D(6, 3, name="sep")(x)
x = L.GlobalAveragePooling2D(name="mean")(x)
x = L.Dropout(0.5)(x)
x = L.Dense(3, name="head")(x)
keras_model("keras_cnn", keras.Model(images, x), ["stem_relu", "branch", "sep", "head"])

sequence = keras.Input((5, 8), name="sequence")
a = L.MultiHeadAttention(2, 4, name="mha")(sequence, sequence, use_causal_mask=True)
x = L.LayerNormalization(name="ln")(L.Add(name="sum")([sequence, a]))
x = L.Dense(6, activation="silu", name="ff")(x)
x = L.Dense(8, name="ff2")(x)
x = L.GlobalAveragePooling1D(name="mean")(x)
x = L.Dense(2, name="head")(x)
keras_model("keras_attention", keras.Model(sequence, x), ["mha", "ff", "ff2", "head"])

with tf.Graph().as_default():
    v1 = tf.compat.v1
    v1.disable_resource_variables()
    rng = np.random.RandomState(3)

    def variable(name, *shape):
        return v1.get_variable(name, initializer=rng.uniform(-0.5, 0.6, shape).astype("float32"))

    x = v1.placeholder(tf.float32, [None, 6], "x")
    with v1.variable_scope("hidden"):
        h = tf.nn.relu(tf.matmul(x, variable("kernel", 6, 5)) + variable("bias", 5), "relu")
    with v1.variable_scope("logits"):
        z = tf.nn.bias_add(tf.matmul(h, variable("kernel", 5, 3)), variable("bias", 3))
    p = tf.nn.softmax(z, name="probabilities")
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        hidden, probabilities = session.run([h, p], {x: ramp(2, 6)})
        record("tf1_mlp.hidden", hidden)
        record("tf1_mlp.output", probabilities)
        target = os.path.join(HERE, "tf1_mlp")
        shutil.rmtree(target, ignore_errors=True)
        v1.saved_model.simple_save(session, target, {"x": x}, {"probabilities": p})

with open(os.path.join(HERE, "expected.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
