#!/usr/bin/env python3
"""Times work of ours beside PyTorch's, eager and compiled, and Keras', in turn, in one run.

Each system runs in a process of its own. It says what it is, then waits for a line with a number of
times, does its work so often, and answers with the seconds. They are asked in turn, so that only
one works at a time and all see the same machine. benchmarks/README.md says how to install the
peers; nothing of the product needs Python.

    benchmarks/peers/compare.py vgg19 | resnet50 | transformer | global-mask
        [--bfloat16] [--rounds 5] [--steps 2] [--python PYTHON]

The first three time a training step; global-mask, which only PyTorch has too, the pruning of 70% of
VGG-19's kernels by one threshold.
"""

import argparse
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class System:
    def __init__(self, name, command, environment=None):
        self.name = name
        self.seconds = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL if not os.environ.get("PEERS_VERBOSE") else None,
            env={**os.environ, **(environment or {})})
        self.title = self.line().strip()

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended without an answer; PEERS_VERBOSE=1 shows why")
        return line

    def steps(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return float(self.line()) / count


def systems_of(options):
    ours = str(HERE.parent / "run")
    if options.work == "global-mask":
        return [
            System("tf-emergence", [ours, "global-mask"]),
            System("PyTorch", [options.python, str(HERE / "torch_prune.py")]),
        ]
    arguments = [options.work] + (["--bfloat16"] if options.bfloat16 else [])
    return [
        System("tf-emergence", [ours, "training-step"] + arguments),
        System("PyTorch", [options.python, str(HERE / "torch_step.py")] + arguments),
        System("compiled", [options.python, str(HERE / "torch_step.py"), "--compile"] + arguments),
        System("Keras", [options.python, str(HERE / "keras_step.py")] + arguments),
    ]


def median(values):
    """The median, and the order statistics that it lies between at 95%, as in Pairs.java."""
    values, last = sorted(values), len(values) - 1
    reach = 0.98 * math.sqrt(len(values))
    return (statistics.median(values), values[max(0, math.floor(last / 2 - reach))],
            values[min(last, math.ceil(last / 2 + reach))])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["vgg19", "resnet50", "transformer", "global-mask"])
    parser.add_argument("--bfloat16", action="store_true", help="in bfloat16 where a system can")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is asked")
    parser.add_argument("--steps", type=int, default=2, help="steps a round")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch and keras")
    options = parser.parse_args()
    systems = systems_of(options)
    # Of what is compared, each system must have as much.
    if len({system.title.rpartition(", ")[2] for system in systems}) > 1:
        sys.exit("not the same work: " + "; ".join(system.title for system in systems))
    for system in systems:
        system.steps(3)  # builds, compiles, warms up
    for turn in range(options.rounds):
        # Each is first as often as any other, and behind each of the others.
        first = turn % len(systems)
        order = systems[first:] + systems[:first]
        for system in order if turn % 2 == 0 else reversed(order):
            system.seconds.append(system.steps(options.steps))
    ours = systems[0]
    print(f"{options.work}, {'bfloat16' if options.bfloat16 else 'float32'}, seconds each time, "
          f"median of {options.rounds} rounds in turn (min - max), and ours divided by theirs "
          "(between what it lies at 95%):")
    for system in systems:
        ratio, low, high = median([a / b for a, b in zip(ours.seconds, system.seconds)])
        print(f"  {system.name:13} {statistics.median(system.seconds):7.3f} "
              f"({min(system.seconds):.3f} - {max(system.seconds):.3f})   "
              f"{ratio:5.2f} ({low:.2f} - {high:.2f})   {system.title}")
        system.process.stdin.close()
        system.process.wait()


main()
