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


def emergence(model):
    """Counts by gradients, with all that is multiplied by kernels of ones and no activations.

    A gate adds, so that each path counts once. Unit k of a layer is active if 7919 k + 13 leaves 0
    or 1 when divided by 5; each step of a TimeDistributed layer is a layer.
    """

    def plain(layer):
        config = layer.get_config()
        if "activation" in config:
            config["activation"] = "linear"
        if isinstance(layer, L.TimeDistributed):
            config["layer"]["config"]["activation"] = "linear"
        if isinstance(layer, (L.BatchNormalization, L.Activation, L.ReLU, L.Dropout, L.Rescaling, L.Normalization)):
            return L.Identity(name=layer.name)
        if isinstance(layer, L.Multiply):
            return L.Add(name=layer.name)
        if isinstance(layer, L.GlobalAveragePooling2D):
            keep = config["keepdims"]
            return L.Lambda(lambda x: tf.reduce_sum(x, (1, 2), keepdims=keep), name=layer.name)
        return type(layer).from_config(config)

    floats = keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    for layer in model.layers:
        layer.dtype_policy = keras.DTypePolicy("float64")
    ones = keras.models.clone_model(model, clone_function=plain)
    keras.config.set_floatx(floats)
    keras.config.set_dtype_policy(floats)
    for variable in ones.variables:
        variable.assign(tf.ones_like(variable) * ("kernel" in variable.path))
    kinds = (L.Conv2D, L.Conv2DTranspose, L.DepthwiseConv2D, L.Dense, L.TimeDistributed)
    counted = [l for l in ones.layers if isinstance(l, kinds)]
    inner = keras.Model(ones.input, [l.output for l in counted])
    with tf.GradientTape() as tape:
        x = tf.zeros((1, *model.input_shape[1:]), "float64")
        tape.watch(x)
        outputs = inner(x)
        active = []
        for layer, z in zip(counted, outputs):
            steps = z.shape[1] if isinstance(layer, L.TimeDistributed) else 1
            k = np.arange(int(np.prod(z.shape)) // steps)
            active.append(np.tile((7919 * k + 13) % 5 < 2, steps).reshape(z.shape))
        total = tf.add_n([tf.reduce_sum(z * a) for z, a in zip(outputs, active)])
    paths = tape.gradient(total, outputs)
    return sum(float(tf.reduce_sum(p * ~a)) for p, a in zip(paths, active))


images = keras.Input((8, 8, 3), name="images")
x = L.Conv2D(4, 3, strides=2, padding="same", name="stem", activation="hard_silu")(images)
y = L.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
y = L.Conv2D(2, 1, activation="relu", name="reduce")(y)
y = L.Conv2D(4, 1, activation="hard_sigmoid", name="expand")(y)
x = L.Multiply(name="gated")([x, y])
x = L.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu", name="up")(x)
x = L.UpSampling2D(2, name="enlarged")(x)
x = L.Conv2D(2, 3, strides=4, padding="same", activation="relu", name="down")(x)
x = L.TimeDistributed(L.Dense(3, activation="tanh", name="each"), name="times")(L.Reshape((4, 8))(x))
x = L.Dense(3, activation="softmax", name="head")(L.Flatten()(x))
gates = keras.Model(images, x)
keras_model("keras_gates", gates, ["stem", "expand", "up", "down", "times"])
paths = emergence(gates)
assert paths == int(paths) < 2**53
lines.append("keras_gates.emergence %d" % paths)

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

# What was usual in TensorFlow 1: dropout by a share that is fed, normalization in both ways, and
# outputs of which no layer computes one. The same is frozen: its variables become constants.
with tf.Graph().as_default():
    rng = np.random.RandomState(5)
    x = v1.placeholder(tf.float32, [None, 6, 6, 2], "images")
    kept = v1.placeholder(tf.float32, [], "kept")
    with v1.variable_scope("conv"):
        h = tf.nn.conv2d(x, variable("kernel", 3, 3, 2, 4), 1, "SAME")
        h, _, _ = v1.nn.fused_batch_norm(
            h, variable("gamma", 4), variable("beta", 4), variable("moving_mean", 4),
            v1.get_variable("moving_variance", initializer=np.full(4, 0.7, "float32")),
            is_training=False)
        h = tf.nn.relu(h, "relu")
    h = tf.nn.max_pool2d(h, 2, 2, "VALID", name="pool")
    h = v1.nn.dropout(h, keep_prob=kept)
    h = tf.reshape(h, [-1, 36])
    with v1.variable_scope("dense"):
        h = tf.matmul(h, variable("kernel", 36, 5))
        h = tf.nn.batch_normalization(
            h, variable("mean", 5), tf.square(variable("variance", 5)), variable("beta", 5),
            variable("gamma", 5), 1e-3)
        h = tf.nn.tanh(h, "tanh")
    with v1.variable_scope("logits"):
        z = tf.nn.bias_add(tf.matmul(h, variable("kernel", 5, 3)), variable("bias", 3))
    p = tf.nn.softmax(z, name="probabilities")
    best = tf.argmax(z, 1, name="best")
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        relu, tanh, logits = session.run(["conv/relu:0", "dense/tanh:0", z], {x: ramp(2, 6, 6, 2), kept: 1})
        record("tf1_cnn.conv", relu)
        record("tf1_cnn.dense", tanh)
        record("tf1_cnn.logits", logits)
        target = os.path.join(HERE, "tf1_cnn")
        shutil.rmtree(target, ignore_errors=True)
        v1.saved_model.simple_save(
            session, target, {"images": x, "kept": kept}, {"probabilities": p, "best": best})
        frozen = v1.graph_util.convert_variables_to_constants(
            session, session.graph.as_graph_def(), ["probabilities"])
        with open(os.path.join(HERE, "tf1_cnn_frozen.pb"), "wb") as f:
            f.write(frozen.SerializeToString())

with open(os.path.join(HERE, "expected.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
