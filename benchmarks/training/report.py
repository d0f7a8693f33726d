"""The tables and the figure, from the outcomes."""

import math
import re
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
FIGURE = HERE.parent.parent / "docs" / "figures" / "training.svg"
TRAINED = math.log(10) / 2
"""A network has trained if its loss is below half of that of a network that knows nothing."""
SEED_PAPER = "seed paper: "
"""How the names of that experiment begin."""
_FLOOR = 1e-4
"""The lowest loss that is drawn."""
_COLORS = {
    "PyTorch": "#999999",
    "Glorot": "#e69f00",
    "He": "#56b4e9",
    "Kumar": "#cc79a7",
    "symbolic_init": "#000000",
}
_MARKS = {"PyTorch": "v", "Glorot": "s", "He": "^", "Kumar": "D", "symbolic_init": "o"}


class Row(NamedTuple):
    """What one initialization came to."""

    architecture: str
    activation: str
    scheme: str
    rate: float
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median loss of the seeds."""
        return statistics.median(self.loss)

    @property
    def trained(self) -> int:
        """How many seeds trained at all."""
        return sum(loss < TRAINED for loss in self.loss)


def rows(found: Mapping[str, Mapping[str, Any]], *, seed_paper: bool) -> Iterator[Row]:
    """The outcomes of one of the two experiments."""
    for key, value in found.items():
        is_seed_paper = key.startswith(SEED_PAPER)
        architecture, activation, scheme = key.removeprefix(SEED_PAPER).split(", ")
        if is_seed_paper is seed_paper:
            yield Row(
                architecture,
                activation,
                scheme,
                value["rate"],
                tuple(value["loss"]),
                tuple(value["accuracy"]),
            )


def write(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the tables of `README.md`, and the figure."""
    page = HERE / "README.md"
    text = page.read_text(encoding="utf-8")
    compared = tuple(rows(found, seed_paper=False))
    blocks = {
        "cost": _cost(found),
        "losses": "\n\n".join(_losses(compared)),
        "summary": _summary(compared),
        "seed paper": _seed_paper(tuple(rows(found, seed_paper=True))),
    }
    for name, block in blocks.items():
        pattern = f"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda m, block=block: f"{m[1]}{block}\n{m[2]}", text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")
    draw(compared, FIGURE)


def _table(head: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> str:
    ruler = tuple("---" if k == 0 else "---:" for k in range(len(head)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ruler, *lines))


def _cost(found: Mapping[str, Mapping[str, Any]]) -> str:
    """What a run took, by architecture."""
    minutes: dict[str, float] = {}
    for key, value in found.items():
        name = "seed paper" if key.startswith(SEED_PAPER) else key.partition(",")[0]
        minutes[name] = minutes.get(name, 0.0) + value["seconds"] / 60
    parts = ", ".join(f"{name}: {spent:.1f}" for name, spent in minutes.items())
    return f"It took {sum(minutes.values()):.0f} minutes of one core, by architecture:\n{parts}."


def _names(compared: tuple[Row, ...], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(getattr(r, field) for r in compared))


def _cell(row: Row | None, best: float) -> str:
    """Median loss, in bold for the lowest; how many seeds trained unless all did."""
    if row is None:
        return ""
    text = f"{row.median:.3g}" if math.isfinite(row.median) else "overflow"
    text = f"**{text}**" if row.median <= best * 1.05 and row.trained else text
    return text if row.trained == len(row.loss) else f"{text} ({row.trained}/{len(row.loss)})"


def _losses(compared: tuple[Row, ...]) -> Iterator[str]:
    schemes = tuple(_COLORS)
    for architecture in _names(compared, "architecture"):
        own = {(r.activation, r.scheme): r for r in compared if r.architecture == architecture}

        def line(activation: str, own: Mapping[tuple[str, str], Row] = own) -> tuple[str, ...]:
            cells = [own.get((activation, s)) for s in schemes]
            best = min(c.median for c in cells if c is not None)
            return activation, *(_cell(c, best) for c in cells)

        activations = dict.fromkeys(activation for activation, _ in own)
        yield _table((architecture, *schemes), (line(a) for a in activations))


def _summary(compared: tuple[Row, ...]) -> str:
    """For each initialization: how many networks trained, and how often it was the best or near it."""

    def line(scheme: str) -> tuple[str, ...]:
        own = [r for r in compared if r.scheme == scheme]
        best = {(r.architecture, r.activation): math.inf for r in compared}
        for r in compared:
            best[r[:2]] = min(best[r[:2]], r.median)
        near = sum(r.median <= 1.05 * best[r[:2]] and r.trained > 0 for r in own)
        return (
            scheme,
            f"{sum(r.trained for r in own)} of {sum(len(r.loss) for r in own)}",
            f"{near} of {len(own)}",
            f"{statistics.mean(a for r in own for a in r.accuracy):.3f}",
        )

    head = (
        "initialization",
        "networks that trained",
        "lowest loss, or within 5 %",
        "mean accuracy, unseen digits",
    )
    return _table(head, (line(s) for s in _COLORS))


def _seed_paper(found: tuple[Row, ...]) -> str:
    def line(row: Row) -> tuple[str, ...]:
        return (
            row.scheme,
            f"{row.median:.3g}",
            f"{row.trained} of {len(row.loss)}",
            f"{statistics.median(row.accuracy):.3f}",
            f"{row.rate:g}",
        )

    head = ("sigmoid, 10 layers of 128", "median loss", "trained", "accuracy, unseen digits", "learning rate")
    return _table(head, map(line, found))


def draw(compared: tuple[Row, ...], path: Path) -> None:
    """Draw the losses after training: one panel an architecture, one line an activation."""
    architectures, activations = _names(compared, "architecture"), _names(compared, "activation")
    mpl.rcParams.update({"svg.hashsalt": "training", "svg.fonttype": "none", "font.size": 9})
    figure, panels = plt.subplots(
        1,
        len(architectures),
        figsize=(2.1 * len(architectures) + 0.6, 4.2),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for panel, architecture in zip(panels[0], architectures, strict=True):
        for offset, scheme in enumerate(_COLORS):
            own = [r for r in compared if (r.architecture, r.scheme) == (architecture, scheme)]
            heights = [activations.index(r.activation) + 0.15 * (offset - 2) for r in own]
            bounded = [[min(max(v, _FLOOR), 10.0) for v in r.loss] for r in own]
            color = _COLORS[scheme]
            panel.hlines(heights, [min(b) for b in bounded], [max(b) for b in bounded], color=color, lw=1)
            middles = [statistics.median(b) for b in bounded]
            panel.plot(middles, heights, _MARKS[scheme], color=color, ms=4, label=scheme)
        panel.axvline(math.log(10), color="#bbbbbb", lw=0.8, ls=":")
        panel.set(xscale="log", title=architecture, xlabel="loss after training")
        panel.set_yticks(range(len(activations)), activations)
    panels[0][0].invert_yaxis()
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(_COLORS), frameon=False)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
