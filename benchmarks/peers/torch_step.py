"""A training step of a network in PyTorch, on request: see compare.py for the protocol.

The networks are those of TrainingStep: as many parameters, dropout in the same places.
"""

import argparse
import math
import sys
import time

import torch
from torch import nn

# Of fairseq's configuration and of Transformer.iwslt.
ATTENTION_DROPOUT = 0.0

VGG19 = [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M",
         512, 512, 512, 512, "M"]


def vgg19():
    layers, channels = [], 3
    for width in VGG19:
        if width == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


class Bottleneck(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        out = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out))
        self.shortcut = nn.Identity() if stride == 1 and channels == out else nn.Sequential(
            nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for block in range(blocks):
            layers.append(Bottleneck(channels, width, stride if block == 0 else 1))
            channels = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class Transformer(nn.Module):
    """fairseq's transformer_iwslt_de_en: Post-LN, the output projection tied to the embedding.

    PyTorch's layers have more than that one: a normalization behind each stack, dropout of
    attention weights and within the feed-forward part. They are taken out.
    """

    def __init__(self, source=8848, target=6632, width=512):
        super().__init__()
        self.scale = math.sqrt(width)
        self.source = nn.Embedding(source, width, padding_idx=0)
        self.target = nn.Embedding(target, width, padding_idx=0)
        self.body = nn.Transformer(width, 4, 6, 6, 1024, dropout=0.3, batch_first=True)
        self.body.encoder.norm = self.body.decoder.norm = None
        for layer in [*self.body.encoder.layers, *self.body.decoder.layers]:
            layer.dropout = nn.Identity()
            layer.self_attn.dropout = ATTENTION_DROPOUT
            if hasattr(layer, "multihead_attn"):
                layer.multihead_attn.dropout = ATTENTION_DROPOUT
        self.dropout = nn.Dropout(0.3)
        angles = torch.arange(256)[:, None] * torch.exp(
            torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        self.register_buffer("positions", torch.cat([angles.sin(), angles.cos()], 1))

    def embed(self, table, ids):
        return self.dropout(table(ids) * self.scale + self.positions[: ids.shape[1]])

    def forward(self, ids):
        source, target = ids
        causal = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        padding = source == 0
        hidden = self.body(
            self.embed(self.source, source), self.embed(self.target, target), tgt_mask=causal,
            src_key_padding_mask=padding, memory_key_padding_mask=padding, tgt_is_causal=True)
        return hidden @ self.target.weight.t()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=["vgg19", "resnet50", "transformer"])
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(1)
    if options.network == "transformer":
        network = Transformer()
        x = (torch.randint(4, 8848, (64, 32)), torch.randint(4, 6632, (64, 32)))
        labels = torch.randint(4, 6632, (64 * 32,))
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-7, betas=(0.9, 0.98))
        loss_of = nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)
    else:
        network = vgg19() if options.network == "vgg19" else resnet50()
        batch, size, classes = (128, 32, 10) if options.network == "vgg19" else (32, 64, 1000)
        # channels_last is PyTorch's fast layout on a CPU.
        network = network.to(memory_format=torch.channels_last)
        x = torch.rand(batch, 3, size, size).contiguous(memory_format=torch.channels_last)
        labels = torch.randint(0, classes, (batch,))
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
        loss_of = nn.CrossEntropyLoss()

    forward = torch.compile(network) if options.compile else network

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            logits = forward(x)
            loss = loss_of(logits.reshape(labels.shape[0], -1).float(), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    parameters = sum(weight.numel() for weight in network.parameters())
    compiled = " with torch.compile" if options.compile else ""
    print(f"PyTorch {torch.__version__}{compiled}, {parameters:,} parameters", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            step()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
