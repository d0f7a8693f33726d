"""Train with every initialization, and write `outcomes.json`, the tables of `README.md` and the figure.

    sh scripts/venv python -m pip install --group pyproject.toml:training
    sh scripts/venv python benchmarks/training/run.py [--resume] [--only "MLP 10" CNN ...] [--report]

It trains everything anew, so that tables and figure come from one run; `--resume` goes on where a run
was interrupted.
"""

import argparse
import json
import sys
import warnings
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import torch
from experiment import Budget, Outcome, outcome
from networks import Architecture, Sine, convolutional, perceptron
from report import SEED_PAPER, write
from schemes import SCHEMES, SIGMOID_SCHEMES
from torch import nn

STORE = Path(__file__).with_name("outcomes.json")
ACTIVATIONS = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "sin": Sine,
}
ADAM = Budget(
    steps=160,
    pilot=30,
    rates=(1e-4, 3e-4, 1e-3),
    optimizer=lambda parameters, rate: torch.optim.Adam(parameters, lr=rate, fused=True),
)
RMSPROP = Budget(
    steps=500,
    pilot=60,
    rates=(1e-4, 1e-3),
    optimizer=lambda parameters, rate: torch.optim.RMSprop(parameters, lr=rate),
)
COMPARED = (
    *(perceptron(10, 128), perceptron(10, 512), perceptron(30, 128), perceptron(50, 128)),
    convolutional(12, 12),
)
"""Three depths at one width, another width where that is cheap: half an hour of one core in all."""
SIGMOID = perceptron(10, 128)
"""The seed paper's experiment in small: as many layers with weights as its network has."""


@dataclass(frozen=True, slots=True)
class Task:
    """One architecture, activation and initialization to train."""

    architecture: Architecture
    activation: str
    scheme: str
    budget: Budget = ADAM

    @property
    def key(self) -> str:
        """Its name among the outcomes."""
        kind = "" if self.budget is ADAM else SEED_PAPER
        return f"{kind}{self.architecture.id}, {self.activation}, {self.scheme}"

    def run(self) -> Outcome:
        """Train."""
        schemes = SCHEMES if self.budget is ADAM else SIGMOID_SCHEMES
        return outcome(self.architecture, ACTIVATIONS[self.activation], schemes[self.scheme], self.budget)


TASKS = (
    *(Task(SIGMOID, "sigmoid", scheme, RMSPROP) for scheme in SIGMOID_SCHEMES),
    *(Task(a, g, s) for a, g, s in product(COMPARED, ACTIVATIONS, SCHEMES)),
)


def main() -> None:
    """Train, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="how the names of what is trained begin")
    parser.add_argument("--resume", action="store_true", help="keep what is trained already")
    parser.add_argument("--report", action="store_true", help="train nothing")
    parser.add_argument("--store", type=Path, default=STORE, help="where outcomes are kept")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the matrices are small
    torch.set_flush_denormal(True)
    warnings.filterwarnings("ignore", category=UserWarning, module="torch")
    kept = json.loads(options.store.read_text()) if options.store.exists() else {}
    wanted = [t for t in TASKS if not options.report and t.key.startswith(tuple(options.only))]
    if not options.resume:
        kept = {key: value for key, value in kept.items() if key not in {t.key for t in wanted}}
    found = {t.key: kept[t.key] for t in TASKS if t.key in kept}
    for task in wanted:
        if task.key in found:
            continue
        print(task.key, file=sys.stderr, flush=True)
        found[task.key] = asdict(task.run())
        options.store.write_text(json.dumps(found, indent=1) + "\n")
    write(found)


if __name__ == "__main__":
    main()
