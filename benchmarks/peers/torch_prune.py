"""A global magnitude mask of VGG-19 in PyTorch, on request: see compare.py for the protocol.

What is timed is torch.nn.utils.prune.global_unstructured; before each time the kernels are whole.
"""

import sys
import time

import torch
from torch import nn
from torch.nn.utils import prune

from torch_step import vgg19

SPARSITY = 0.7


def main():
    torch.set_num_threads(2)
    torch.manual_seed(1)
    network = vgg19()
    kernels = [(layer, "weight") for layer in network if isinstance(layer, (nn.Conv2d, nn.Linear))]
    whole = [layer.weight.detach().clone() for layer, _ in kernels]
    print(f"PyTorch {torch.__version__}, {sum(w.numel() for w in whole):,} weights", flush=True)
    for line in sys.stdin:
        seconds = 0.0
        for _ in range(int(line)):
            for (layer, name), values in zip(kernels, whole):
                if prune.is_pruned(layer):
                    prune.remove(layer, name)
                with torch.no_grad():
                    layer.weight.copy_(values)
            start = time.perf_counter()
            prune.global_unstructured(kernels, prune.L1Unstructured, amount=SPARSITY)
            seconds += time.perf_counter() - start
        print(seconds, flush=True)


if __name__ == "__main__":
    main()
