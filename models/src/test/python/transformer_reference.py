"""Makes transformer_*.npz: what PyTorch computes of tiny Transformers.

Run as `python transformer_reference.py` with PyTorch (2.13 made the files that are here). The layers
are PyTorch's own nn.TransformerEncoderLayer and nn.TransformerDecoderLayer; embedding, positions and
the tied projection are written out. All arrays are float32. Names are those of the variables of org.tfemergence.models.text.Transformer; `gradient/NAME` is the gradient of
sum(weights * logits).
"""

import math
import pathlib

import numpy as np
import torch
from torch import nn

SOURCE, TARGET, WIDTH, HEADS, INNER, LAYERS = 11, 13, 8, 2, 12, 2
SOURCES = [[5, 9, 3, 7, 1], [4, 2, 1, 0, 0], [10, 1, 0, 0, 0]]
TARGETS = [[1, 4, 12, 2], [1, 7, 0, 0], [1, 3, 3, 0]]


def positions(count):
    half = WIDTH // 2
    number = torch.arange(count, dtype=torch.float64) + 2
    frequency = torch.exp(torch.arange(half, dtype=torch.float64) * -(math.log(10000) / (half - 1)))
    angle = number[:, None] * frequency[None, :]
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


class Reference(nn.Module):
    def __init__(self, norm_first, own):
        super().__init__()
        self.source = nn.Parameter(torch.zeros(SOURCE, WIDTH))
        self.target = nn.Parameter(torch.zeros(TARGET, WIDTH))
        self.projection = nn.Parameter(torch.zeros(WIDTH, TARGET)) if own else None
        options = dict(dropout=0.0, batch_first=True, norm_first=norm_first)
        end = lambda: nn.LayerNorm(WIDTH) if norm_first else None
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, **options),
            LAYERS,
            norm=end(),
            enable_nested_tensor=False,
        )
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(WIDTH, HEADS, INNER, **options), LAYERS, norm=end()
        )

    def embed(self, table, ids):
        x = table[ids] * math.sqrt(WIDTH) * (ids != 0)[..., None]
        return x + positions(ids.shape[1])[None]

    def forward(self, source, target):
        memory = self.encoder(self.embed(self.source, source), src_key_padding_mask=source == 0)
        count = target.shape[1]
        later = torch.triu(torch.ones(count, count, dtype=torch.bool), diagonal=1)
        x = self.decoder(
            self.embed(self.target, target),
            memory,
            tgt_mask=later,
            tgt_key_padding_mask=target == 0,
            memory_key_padding_mask=source == 0,
        )
        return x @ (self.target.T if self.projection is None else self.projection)


def named(model, of):
    """Yields our variables' names with what `of` gives for the parameters."""

    def linear(name, weight, bias):
        yield name + "/kernel", of(weight).T
        yield name + "/bias", of(bias)

    def attention(name, layer):
        weights = of(layer.in_proj_weight).reshape(3, WIDTH, WIDTH)
        biases = of(layer.in_proj_bias).reshape(3, WIDTH)
        for i, part in enumerate(["queries", "keys", "values"]):
            yield f"{name}/{part}/kernel", weights[i].T
            yield f"{name}/{part}/bias", biases[i]
        yield from linear(name + "/projection", layer.out_proj.weight, layer.out_proj.bias)

    def norm(name, layer):
        yield name + "/norm/gain", of(layer.weight)
        yield name + "/norm/offset", of(layer.bias)

    yield "encoder/embedding/table", of(model.source)
    yield "decoder/embedding/table", of(model.target)
    if model.projection is not None:
        yield "logits/kernel", of(model.projection)
    for kind, stack in [("encoder", model.encoder), ("decoder", model.decoder)]:
        for i, layer in enumerate(stack.layers):
            block = f"{kind}_{i + 1}"
            parts = [(layer.self_attn, "attention" if kind == "encoder" else "self")]
            norms = [layer.norm1, layer.norm2]
            if kind == "decoder":
                parts.append((layer.multihead_attn, "cross"))
                norms.append(layer.norm3)
            for (part, name), layer_norm in zip(parts, norms):
                yield from attention(f"{block}/{name}", part)
                yield from norm(f"{block}/{name}", layer_norm)
            forward = block + "/feed_forward"
            yield from linear(forward + "/inner", layer.linear1.weight, layer.linear1.bias)
            yield from linear(forward + "/outer", layer.linear2.weight, layer.linear2.bias)
            yield from norm(forward, norms[-1])
        if stack.norm is not None:
            yield from norm(kind, stack.norm)


def write(path, norm_first, own=False):
    torch.manual_seed(7 + norm_first + 2 * own)
    model = Reference(norm_first, own).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((0.4 * torch.randn_like(parameter)).float().double())
        for name, layer in model.named_modules():
            if isinstance(layer, nn.LayerNorm):
                layer.weight.add_(1)
        model.source[0] = 0
        model.target[0] = 0
    source, target = torch.tensor(SOURCES), torch.tensor(TARGETS)
    logits = model(source, target)
    weights = torch.randn_like(logits) * (target != 0)[..., None]
    weights[..., 0] = 0
    weights = weights.float().double()
    (weights * logits).sum().backward()
    arrays = [("source", source), ("target", target), ("logits", logits), ("weights", weights)]
    arrays += list(named(model, lambda p: p))
    arrays += [("gradient/" + name, value) for name, value in named(model, lambda p: p.grad)]
    values = {name: value.detach().numpy().astype("float32") for name, value in arrays}
    np.savez(path, **values)


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    write(folder / "transformer_post.npz", False)
    write(folder / "transformer_pre.npz", True)
    write(folder / "transformer_own.npz", False, own=True)
