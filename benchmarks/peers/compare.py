#!/usr/bin/env python3
"""Times a training step of ours beside PyTorch's and Keras', in turn, in one run.

Each system runs in a process of its own that waits for a line with a number of steps, takes them,
and answers with the seconds. They are asked in turn, so that only one works at a time and all see
the same machine. Needs a Python with torch, keras and tensorflow, and the project built
(`mvn -B -DskipTests package`); nothing of the product needs Python.

    benchmarks/peers/compare.py vgg19 [--bfloat16] [--rounds 5] [--python PYTHON]
"""

import argparse
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

    def steps(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} ended without an answer; PEERS_VERBOSE=1 shows why")
        return float(answer) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["vgg19", "resnet50", "transformer"])
    parser.add_argument("--bfloat16", action="store_true", help="in bfloat16 where a system can")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is asked")
    parser.add_argument("--steps", type=int, default=2, help="steps a round")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch and keras")
    options = parser.parse_args()
    precision = ["--bfloat16"] if options.bfloat16 else []
    systems = [
        System("tf-emergence", [str(HERE.parent / "run"), "training-step", options.network]
               + precision),
        System("PyTorch", [options.python, str(HERE / "torch_step.py"), options.network]
               + precision),
        System("Keras", [options.python, str(HERE / "keras_step.py"), options.network] + precision),
    ]
    for system in systems:
        system.steps(3)  # builds, compiles, warms up
    for _ in range(options.rounds):
        for system in systems:
            system.seconds.append(system.steps(options.steps))
    ours = systems[0]
    print(f"{options.network}, {'bfloat16' if options.bfloat16 else 'float32'}, seconds a step, "
          f"median of {options.rounds} rounds in turn (min - max), and ours divided by theirs:")
    for system in systems:
        ratio = statistics.median(a / b for a, b in zip(ours.seconds, system.seconds))
        print(f"  {system.name:13} {statistics.median(system.seconds):7.3f} "
              f"({min(system.seconds):.3f} - {max(system.seconds):.3f})   {ratio:5.2f}")
        system.process.stdin.close()
        system.process.wait()


main()
