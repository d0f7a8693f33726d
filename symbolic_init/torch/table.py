"""The table of what was chosen for a model, in 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbolic_init.torch.plan import Choice

__all__ = ["table"]

_WIDTH = 80
_NAME, _SIGNAL, _NUMBER = 20, 13, 8
_HEAD = ("layer", "fed by", "feeds", "N Var(w)", "Var(b)", "q")


def table(choices: "Sequence[Choice]", notes: Sequence[str]) -> str:
    """Return the table; equal layers that follow each other share a row, long expressions have letters.

    Args:
        choices: One a layer.
        notes: Sentences below it.
    """
    groups = [tuple(group) for _, group in groupby(choices, key=_key)]
    reasons = tuple(dict.fromkeys(g[0].why for g in groups))
    letters = _letters(choices)
    rows = (_line(_cells(group, letters), f"[{reasons.index(group[0].why) + 1}]") for group in groups)
    lines = [_line(_HEAD, "why"), *rows]
    for title, letter in letters.items():
        lines += _wrapped(f"{letter}: {title}")
    for number, reason in enumerate(reasons, 1):
        lines += _wrapped(f"[{number}] {reason}")
    for note in notes:
        lines += _wrapped(f"Note: {note}")
    return "\n".join(lines)


def _letters(choices: "Sequence[Choice]") -> Mapping[str, str]:
    """Letters for the activations that have no short name."""
    titles = dict.fromkeys(title for c in choices for title in (c.fed_by, c.feeds) if len(title) > _SIGNAL)
    return {title: f"g{number}" for number, title in enumerate(titles, 1)}


def _key(choice: "Choice") -> tuple[object, ...]:
    return (
        choice.fed_by,
        choice.feeds,
        choice.fans,
        _number(choice.sigma_w2),
        _number(choice.bias_variance),
        _number(choice.output_variance),
        choice.why,
    )


def _cells(group: "Sequence[Choice]", letters: Mapping[str, str]) -> tuple[str, ...]:
    first = group[0]
    name = first.name if len(group) == 1 else f"{first.name} ... {group[-1].name}"
    numbers = map(_number, (first.sigma_w2, first.bias_variance, first.output_variance))
    signals = (letters.get(title, title) for title in (first.fed_by, first.feeds))
    return (name, *signals, *numbers)


def _line(cells: Sequence[str], last: str) -> str:
    name, fed_by, feeds, *numbers = cells
    words = f"{_cut(name, _NAME):<{_NAME}} {fed_by:<{_SIGNAL}} {feeds:<{_SIGNAL}}"
    return f"{words} {' '.join(f'{n:<{_NUMBER}}' for n in numbers)} {last}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 2] + ".."


def _number(value: float) -> str:
    return f"{value:.5g}"


def _wrapped(text: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, subsequent_indent="    ")
