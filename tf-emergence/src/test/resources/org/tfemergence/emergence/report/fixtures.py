"""Writes the event files beside it, as TensorFlow 1, TensorFlow 2 and PyTorch do.

Run with TensorFlow 2.21, PyTorch 2.13 and TensorBoard 2.21: python fixtures.py. The tests need no
Python.
"""

import os
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
import torch
from torch.utils.tensorboard import SummaryWriter

HERE = os.path.dirname(os.path.abspath(__file__))
RAMP = (np.arange(100) % 17 / 17.0 - 0.4).astype("float32")
EQUAL = np.full(7, 1.05, "float32")
IMAGE = np.zeros((1, 2, 2, 3), "float32")


def written(folder, name):
    (file,) = os.listdir(folder)
    shutil.move(os.path.join(folder, file), os.path.join(HERE, name))
    os.rmdir(folder)


folder = tempfile.mkdtemp()
with tf.summary.create_file_writer(folder).as_default():
    for step in range(3):
        tf.summary.scalar("loss", 0.5**step, step)
    tf.summary.histogram("ramp", RAMP, 1)
    tf.summary.histogram("equal", EQUAL, 1)
    tf.summary.histogram("none", EQUAL[:0], 1)
    tf.summary.text("note", "seed: 1", 0)
    tf.summary.image("picture", IMAGE, 2)
    tf.summary.write("vector", np.float32([1, 2]), 2)
written(folder, "tf2.events")

folder = tempfile.mkdtemp()
with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
    tf.compat.v1.summary.scalar("loss", 0.25)
    for name, values in {"ramp": RAMP, "equal": EQUAL, "none": EQUAL[:0]}.items():
        tf.compat.v1.summary.histogram(name, values)
    tf.compat.v1.summary.image("picture", IMAGE)
    writer = tf.compat.v1.summary.FileWriter(folder, graph)
    writer.add_summary(session.run(tf.compat.v1.summary.merge_all()), 4)
    writer.close()
written(folder, "tf1.events")

folder = tempfile.mkdtemp()
with SummaryWriter(folder) as writer:
    writer.add_scalar("loss", 0.25, 4)
    writer.add_scalar("double", 0.1, 4, new_style=True, double_precision=True)
    for bins in ["tensorflow", "auto", 5]:
        writer.add_histogram("ramp/%s" % bins, RAMP, 4, bins=bins)
        writer.add_histogram("equal/%s" % bins, EQUAL, 4, bins=bins)
    writer.add_text("note", "seed: 1", 0)
    writer.add_tensor("vector", torch.zeros(2), 2)
written(folder, "torch.events")
