"""Makes vgg*.npz and resnet_*.npz: what PyTorch computes of tiny networks.

Run as `python vision_reference.py` with PyTorch (2.13 made the files that are here). A file holds,
as float32, the images (NHWC), the logits of a training step (`training`) and of
an evaluation (`evaluation`), and the variables by the names of org.tfemergence.models.vision, kernels
as HWIO; some also `gradient/NAME` of sum(weights * training). Both calls start from the same variables. The computation is in double.
"""

import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Convolution(nn.Module):
    """A convolution, perhaps with PyTorch's normalization behind."""

    def __init__(self, name, inputs, filters, size, stride, bias, norm=True):
        super().__init__()
        self.name = name
        self.convolution = nn.Conv2d(inputs, filters, size, stride, size // 2, bias=bias)
        self.norm = nn.BatchNorm2d(filters) if norm else nn.Identity()

    def forward(self, x):
        return self.norm(self.convolution(x))


class Vgg(nn.Module):
    """Five stages of one or two convolutions, and dense layers; without dropout."""

    def __init__(self, stages, dense=(), norm=True, positions=1):
        super().__init__()
        self.stages, channels, number = nn.ModuleList(), 3, 0
        for filters in stages:
            stage = nn.ModuleList()
            for width in filters:
                number += 1
                stage.append(Convolution(f"conv_{number}", channels, width, 3, 1, True, norm))
                channels = width
            self.stages.append(stage)
        channels *= positions  # of the last map
        self.dense = nn.ModuleList()
        for width in dense:
            self.dense.append(nn.Linear(channels, width))
            channels = width
        self.logits = nn.Linear(channels, 5)

    def forward(self, x):
        for stage in self.stages:
            for layer in stage:
                x = functional.relu(layer(x))
            x = functional.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # channels last, as ours are
        for layer in self.dense:
            x = functional.relu(layer(x))
        return self.logits(x)


class Block(nn.Module):
    """A residual block of two convolutions of 3 x 3, or of 1 x 1, 3 x 3 and 1 x 1."""

    def __init__(self, name, inputs, filters, stride, norm, pad):
        super().__init__()
        self.stride, self.more = stride, filters[-1] - inputs
        self.branch, channels = nn.ModuleList(), inputs
        for i, width in enumerate(filters):
            size = 1 if len(filters) == 3 and i != 1 else 3
            own = stride if i == len(filters) - 2 else 1
            self.branch.append(
                Convolution(f"{name}/conv_{i + 1}", channels, width, size, own, not norm, norm)
            )
            channels = width
        changes = stride > 1 or inputs != channels
        if not changes:
            self.shortcut = nn.Identity()
        elif pad:
            self.shortcut = self.padded
        else:
            self.shortcut = Convolution(
                name + "/shortcut", inputs, channels, 1, stride, not norm, norm
            )

    def padded(self, x):
        """Option A of the paper: positions left out, channels of zeros behind."""
        x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, (0, 0, 0, 0, 0, self.more))

    def forward(self, x):
        y = x
        for i, layer in enumerate(self.branch):
            y = layer(y if i == 0 else functional.relu(y))
        return functional.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    """A stem for large images or small ones, stages, the mean over the map, a dense layer."""

    def __init__(self, stages, norm=True, pad=False, large=True):
        super().__init__()
        size, stride = (7, 2) if large else (3, 1)
        self.large = large
        self.stem, channels = Convolution("stem/conv", 3, 4, size, stride, not norm, norm), 4
        self.blocks = nn.ModuleList()
        for i, blocks in enumerate(stages):
            for j, filters in enumerate(blocks):
                name = f"stage_{i + 1}/block_{j + 1}"
                stride = 2 if i > 0 and j == 0 else 1
                self.blocks.append(Block(name, channels, filters, stride, norm, pad))
                channels = filters[-1]
        self.logits = nn.Linear(channels, 5)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        if self.large:
            x = functional.max_pool2d(x, 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return self.logits(x.mean(dim=(2, 3)))


LAYOUT = {
    1: lambda x: x,
    2: lambda x: x.T,
    4: lambda x: x.permute(2, 3, 1, 0),
}


def named(model):
    """Yields our variables' names with their values."""
    for layer in model.modules():
        if isinstance(layer, Convolution):
            yield layer.name + "/kernel", layer.convolution.weight.permute(2, 3, 1, 0)
            if layer.convolution.bias is not None:
                yield layer.name + "/bias", layer.convolution.bias
            if isinstance(layer.norm, nn.Identity):
                continue
            yield layer.name + "/gain", layer.norm.weight
            yield layer.name + "/offset", layer.norm.bias
            yield layer.name + "/moving_mean", layer.norm.running_mean
            yield layer.name + "/moving_variance", layer.norm.running_var
    for i, layer in enumerate(getattr(model, "dense", [])):
        yield f"dense_{i + 1}/kernel", layer.weight.T
        yield f"dense_{i + 1}/bias", layer.bias
    yield "logits/kernel", model.logits.weight.T
    yield "logits/bias", model.logits.bias


def write(path, model, images, gradients=False):
    torch.manual_seed(7)
    model.double()
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if value.is_floating_point():
                drawn = 0.4 * torch.randn_like(value)
                value.copy_((drawn.abs() + 0.5 if name.endswith("running_var") else drawn).float())
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.add_(1).copy_(layer.weight.float())
        arrays = [("images", images.permute(0, 2, 3, 1))]
        before = [(name, value.clone()) for name, value in named(model)]
        arrays.append(("evaluation", model.eval()(images)))
        arrays.append(("training", model.train()(images)))
        arrays += before
        # What the training step made of the moving averages.
        arrays += [("after/" + n, v.clone()) for n, v in named(model) if "moving" in n]
    if gradients:
        model.zero_grad()
        copy = model.train()(images)
        weights = torch.randn_like(copy).float().double()
        (weights * copy).sum().backward()
        arrays.append(("weights", weights))
        found = {p.data_ptr(): p.grad for p in model.parameters()}
        for name, value in named(model):
            if value.data_ptr() in found:
                grad = found[value.data_ptr()]
                arrays.append(("gradient/" + name, LAYOUT[grad.dim()](grad)))
    np.savez(path, **{name: value.numpy().astype("float32") for name, value in arrays})


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    torch.manual_seed(5)
    small = torch.randn(3, 3, 32, 32).float().double()
    write(folder / "vgg.npz", Vgg([[4, 3], [5], [6], [4], [7]]), small)
    odd = torch.randn(3, 3, 22, 30).float().double()
    write(folder / "resnet_basic.npz", ResNet([[[4, 4], [3, 4]], [[5, 6], [6, 6]]]), odd)
    write(folder / "resnet_bottleneck.npz", ResNet([[[2, 3, 8]], [[3, 2, 12], [4, 3, 12]]]), odd)
    wide = torch.randn(2, 3, 32, 64).float().double()
    dense = Vgg([[4], [5, 3], [6], [4], [7]], dense=(9, 8), norm=False, positions=2)
    write(folder / "vgg_dense.npz", dense, wide, gradients=True)
    tiny = torch.randn(3, 3, 9, 7).float().double()
    stages = [[[3, 4], [4, 4]], [[5, 8]], [[6, 9], [2, 9]]]
    write(folder / "resnet_padding.npz", ResNet(stages, pad=True, large=False), tiny, True)
    stages = [[[3, 4]], [[5, 6], [2, 3, 6]]]
    write(folder / "resnet_plain.npz", ResNet(stages, norm=False, large=False), tiny, True)
