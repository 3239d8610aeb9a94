"""Makes torch_*.npz and keras_*.npz: weights under the names their frameworks save them by.

Run as `python import_reference.py` with PyTorch and Keras on TensorFlow (2.13, 3.15 and 2.21 made the
files that are here). A file holds a state_dict, or Keras' variables by their paths, as they are, with inputs
(images NHWC) and outputs. Networks of the layers and names of torchvision's VGG and ResNet are written out.
All arrays are float32 and whole, or computed in double.
"""

import math
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from transformer_reference import SOURCES, TARGETS, positions

FOLDER = pathlib.Path(__file__).parent


class Translation(nn.Module):
    """nn.Transformer between embeddings, the target's being the projection too.

    With its norms behind it has none behind the last layer; nn.Transformer by itself would make one.
    """

    def __init__(self, norm_first):
        super().__init__()
        options = dict(dropout=0.0, batch_first=True, norm_first=norm_first)
        self.source = nn.Embedding(11, 8, padding_idx=0)
        self.target = nn.Embedding(13, 8, padding_idx=0)
        if norm_first:
            self.transformer = nn.Transformer(8, 2, 2, 2, 12, **options)
        else:
            encoder = nn.TransformerEncoderLayer(8, 2, 12, **options)
            decoder = nn.TransformerDecoderLayer(8, 2, 12, **options)
            self.transformer = nn.Transformer(
                8,
                2,
                batch_first=True,
                custom_encoder=nn.TransformerEncoder(encoder, 2, enable_nested_tensor=False),
                custom_decoder=nn.TransformerDecoder(decoder, 2),
            )

    def embed(self, table, ids):
        x = table(ids) * math.sqrt(8) * (ids != 0)[..., None]
        return x + positions(ids.shape[1])[None]

    def forward(self, source, target):
        count = target.shape[1]
        x = self.transformer(
            self.embed(self.source, source),
            self.embed(self.target, target),
            tgt_mask=torch.triu(torch.ones(count, count, dtype=torch.bool), diagonal=1),
            src_key_padding_mask=source == 0,
            tgt_key_padding_mask=target == 0,
            memory_key_padding_mask=source == 0,
        )
        return x @ self.target.weight.T


class Vgg(nn.Module):
    """torchvision.models.VGG, with fewer and narrower stages."""

    def __init__(self, norm):
        super().__init__()
        layers, channels = [], 3
        for stage in [[4], [5, 6]]:
            for width in stage:
                layers.append(nn.Conv2d(channels, width, 3, padding=1))
                layers += [nn.BatchNorm2d(width)] if norm else []
                layers.append(nn.ReLU(True))
                channels = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(6 * 2 * 3, 7), nn.ReLU(True), nn.Dropout(), nn.Linear(7, 5)
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Block(nn.Module):
    """torchvision.models.resnet.BasicBlock or Bottleneck."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.number, channels = len(filters), inputs
        for i, width in enumerate(filters):
            size = 1 if len(filters) == 3 and i != 1 else 3
            own = stride if i == len(filters) - 2 else 1
            convolution = nn.Conv2d(channels, width, size, own, size // 2, bias=False)
            self.add_module(f"conv{i + 1}", convolution)
            self.add_module(f"bn{i + 1}", nn.BatchNorm2d(width))
            channels = width
        self.downsample = None
        if stride > 1 or inputs != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        y = x
        for i in range(1, self.number + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = functional.relu(y) if i < self.number else y
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """torchvision.models.ResNet with two stages."""

    def __init__(self, stages):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        channels = 4
        for i, blocks in enumerate(stages):
            layer = []
            for j, filters in enumerate(blocks):
                layer.append(Block(channels, filters, 2 if i > 0 and j == 0 else 1))
                channels = filters[-1]
            self.add_module(f"layer{i + 1}", nn.Sequential(*layer))
        self.fc = nn.Linear(channels, 5)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer2(self.layer1(x)).mean(dim=(2, 3)))


def drawn(model):
    """Draws all weights in float32, and computes in double what they give."""
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if value.is_floating_point():
                values = 0.3 * torch.randn_like(value)
                value.copy_(values.abs() + 0.7 if name.endswith("running_var") else values)
        for layer in model.modules():
            if isinstance(layer, (nn.BatchNorm2d, nn.LayerNorm)):
                layer.weight.add_(1)
            if isinstance(layer, nn.Embedding):
                layer.weight[0] = 0
    return model.double().eval()


def write(name, state, **arrays):
    arrays |= {key: value.detach().numpy() for key, value in state.items()}
    np.savez(FOLDER / name, **{k: np.asarray(v, dtype="float32") for k, v in arrays.items()})


def translation(name, norm_first):
    model = drawn(Translation(norm_first))
    source, target = torch.tensor(SOURCES), torch.tensor(TARGETS)
    logits = model(source, target).detach()
    write(name, model.state_dict(), x=source, y=target, logits=logits)


def torch_files():
    torch.manual_seed(3)
    translation("torch_transformer.npz", norm_first=True)
    images = torch.randn(2, 3, 8, 12).double().float().double()
    networks = {
        "torch_vgg.npz": Vgg(False),
        "torch_vgg_bn.npz": Vgg(True),
        "torch_resnet.npz": ResNet([[[4, 4]], [[5, 6], [6, 6]]]),
        "torch_bottleneck.npz": ResNet([[[2, 3, 8]], [[3, 2, 12]]]),
    }
    for name, model in networks.items():
        logits = drawn(model)(images).detach()
        write(name, model.state_dict(), x=images.permute(0, 2, 3, 1), logits=logits)
    layer = drawn(nn.Conv2d(3, 6, 3, padding=1, groups=3))
    output = layer(images).permute(0, 2, 3, 1).detach()
    state = {"depthwise." + key: value for key, value in layer.state_dict().items()}
    write("torch_depthwise.npz", state, x=images.permute(0, 2, 3, 1), output=output)
    translation("torch_transformer_post.npz", norm_first=False)


def keras_files():
    import keras

    cases = {
        "keras_depthwise.npz": (
            keras.layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depthwise"),
            (2, 5, 4, 3),
            lambda layer, x: layer(x),
        ),
        "keras_attention.npz": (
            keras.layers.MultiHeadAttention(2, 3, name="attention"),
            (2, 4, 6),
            lambda layer, x: layer(x, x),
        ),
    }
    random = np.random.default_rng(5)
    for name, (layer, shape, call) in cases.items():
        x = random.normal(size=shape).astype("float32")
        call(layer, x)
        keras_file(name, layer, call, x, random)
    random = np.random.default_rng(6)
    networks = {
        "keras_images.npz": (keras_images(), random.normal(size=(2, 6, 4, 4))),
        "keras_tokens.npz": (keras_tokens(), random.integers(1, 11, size=(2, 4))),
    }
    for name, (model, x) in networks.items():
        keras_file(name, model, lambda network, x: network(x), x.astype("float32"), random)


def keras_images():
    import keras

    return keras.Sequential(
        [
            keras.Input((6, 4, 4)),
            keras.layers.Conv2D(6, 3, padding="same", name="conv"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.ReLU(),
            keras.layers.Conv2D(4, 3, strides=2, padding="same", groups=2, name="groups"),
            keras.layers.Flatten(),
            keras.layers.Dense(5, name="logits"),
        ],
        name="images",
    )


def keras_tokens():
    import keras

    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Embedding(11, 6, name="embedding"),
            keras.layers.Rescaling(math.sqrt(6)),
            keras.layers.LayerNormalization(name="norm"),
            keras.layers.Dense(5, name="logits"),
        ],
        name="tokens",
    )


def keras_file(name, model, call, x, random):
    for variable in model.variables:
        values = 0.4 * random.normal(size=variable.shape)
        variance = variable.path.endswith("moving_variance")
        variable.assign(np.abs(values) + 0.5 if variance else values)
    arrays = {variable.path: variable.numpy() for variable in model.variables}
    np.savez(FOLDER / name, x=x, output=call(model, x).numpy(), **arrays)


if __name__ == "__main__":
    torch_files()
    keras_files()
