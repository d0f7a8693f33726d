"""Curves to plot, as data: the activation, its length map, signal and gradient through depth, the phases."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from sympy import Expr, oo

from symbolic_init.analysis.pieces import Pieces, differentiated, pieces
from symbolic_init.derivation import Axis, Curve, Figure, Scheme
from symbolic_init.errors import SymbolicInitError
from symbolic_init.meanfield.finite_width import spreads
from symbolic_init.meanfield.flow import Flow
from symbolic_init.meanfield.orbits import orbit, rests
from symbolic_init.moments.compilation import compile_float
from symbolic_init.theories import Setting

__all__ = ["figures"]

_POINTS = 81
"""Points of a curve."""
_REACH = 4.0
"""Part of the x axis that is shown at least, to both sides."""
_MOST_REACH = 40.0
_PHASES, _MOST_DECADES = 1e-2, 4
"""The least variance at which the edge of chaos is drawn, and how far from there the largest may be."""
_SHOWN = 10.0
"""The edge is drawn up to so many times its first variance, or 1."""
_TOP = 1e12
"""Variances above are not drawn."""
_LONGEST_MOMENT = 9
_HALVINGS = 40
_COBWEB = 24
"""Layers of a cobweb."""

Place = tuple[float, float]


def figures(
    setting: Setting,
    stream: Flow,
    rows: Sequence[Scheme],
    recommended: int | None,
    *,
    depth: int,
    width: int,
) -> tuple[Figure, ...]:
    """Return what there is to draw for an activation without free parameters.

    Args:
        setting: The activation.
        stream: Its length map.
        rows: The table of schemes.
        recommended: Place of the recommended row, or `None`.
        depth: Number of layers.
        width: Width of the network whose scatter is shown.
    """
    shown = _shown(rows, recommended)
    drawn = [
        *_activation(setting),
        *_length_map(setting, stream, shown[:1]),
        *_through_depth(setting, stream, shown, depth, width),
        *_phases(setting, stream, () if recommended is None else shown[:1]),
    ]
    return tuple(drawn)


def _shown(rows: Sequence[Scheme], recommended: int | None) -> list[Scheme]:
    """The rows worth drawing: what is recommended first, then each other weight that can be followed."""
    first = [] if recommended is None else [rows[recommended]]
    others = [row for index, row in enumerate(rows) if index != recommended and not row.note]
    kept: list[Scheme] = []
    for row in (*first, *others):
        pair = row.sigma_w2.definition, row.sigma_b2.definition
        if pair not in [(k.sigma_w2.definition, k.sigma_b2.definition) for k in kept]:
            kept.append(row)
    return kept


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")


def _curve(
    label: str,
    style: Literal["line", "dashed", "points", "band"],
    places: Iterable[Place],
    upper: Iterable[float] = (),
) -> Curve:
    pairs = tuple(places)
    return Curve(
        label=label,
        style=style,
        x=tuple(_rounded(a) for a, _ in pairs),
        y=tuple(_rounded(b) for _, b in pairs),
        upper=tuple(map(_rounded, upper)),
    )


def _activation(setting: Setting) -> Iterator[Figure]:
    """The function and its slope almost everywhere, piece by piece."""
    if len(setting.M.inputs) > 1:
        return
    parts = pieces(setting.g, setting.assumptions)
    ends = [abs(float(c)) for c in parts.breakpoints]
    reach = max(_REACH, min(_MOST_REACH, 1.5 * max(ends, default=0.0)))
    curves = [*_pieces("g(x)", parts, reach), *_pieces("g'(x)", differentiated(parts), reach)]
    line = [*_linearization(setting, curves, reach)]
    yield Figure(
        id="activation",
        title=f"The activation and its slope{', and its linearization at 0' if line else ''}",
        x=Axis(label="x"),
        y=Axis(label=""),
        curves=(*curves, *line),
    )


def _linearization(setting: Setting, curves: Sequence[Curve], reach: float) -> Iterator[Curve]:
    """`g(0) + g'(0) x` as far as the other curves go; from a kink, one line to either side."""
    if setting.at_zero is None or setting.slopes is None or setting.is_homogeneous:
        return
    heights = [y for curve in curves for y in curve.y]
    if not heights:
        return
    low, high = min(heights), max(heights)
    left, right = (float(s) for s in setting.slopes)
    start = float(setting.at_zero)
    if not low <= start <= high:
        return
    ends = [
        (-_inside(start, -left, low, high, reach), left),
        (_inside(start, right, low, high, reach), right),
    ]
    sides = [(end, start + slope * end) for end, slope in ends]
    yield _curve("g(0) + g'(0) x", "dashed", (sides[0], (0.0, start), sides[1]))


def _inside(start: float, slope: float, low: float, high: float, reach: float) -> float:
    """How far a line from a height stays between two others."""
    room = high - start if slope > 0 else start - low
    return min(reach, room / abs(slope)) if slope else reach


def _pieces(label: str, parts: Pieces, reach: float) -> Iterator[Curve]:
    for low, high, branch in parts.intervals():
        ends = (-reach if low == -oo else float(low), reach if high == oo else float(high))
        left, right = max(ends[0], -reach), min(ends[1], reach)
        if left < right:
            yield from _smooth(label, branch, left, right)


def _smooth(label: str, branch: Expr, left: float, right: float) -> Iterator[Curve]:
    """One branch; cut where it has no value."""
    run = compile_float(branch)
    inset = 1e-9 * (right - left)
    places = [left + inset + (right - left - 2 * inset) * k / (_POINTS - 1) for k in range(_POINTS)]
    part: list[Place] = []
    for place in places:
        height = _finite(run, place)
        if height is not None:
            part.append((place, height))
        elif len(part) > 1:
            yield _curve(label, "line", part)
            part = []
    if len(part) > 1:
        yield _curve(label, "line", part)


def _finite(run: Callable[[float], float], place: float) -> float | None:
    try:
        height = float(run(place))
    except (ArithmeticError, ValueError, TypeError, SymbolicInitError):  # also complex values
        return None
    return height if math.isfinite(height) else None


def _inputs(setting: Setting) -> str:
    """The inputs in a label."""
    moment = str(setting.second_moment)
    return f"from E[x^2] = {moment if len(moment) <= _LONGEST_MOMENT else f'{float(moment):.6g}'}"


def _first(setting: Setting, row: Scheme) -> float:
    """Variance in the first layer, whose weights may be others."""
    moment = float(row.sigma_w2) * float(setting.second_moment)
    return float(row.sigma_b2) + (moment if row.first_layer is None else float(row.first_layer))


def _length_map(setting: Setting, stream: Flow, rows: Sequence[Scheme]) -> Iterator[Figure]:
    """The map with its fixed points, and the first layers as a cobweb."""
    for row in rows:
        weight, bias = float(row.sigma_w2), float(row.sigma_b2)
        start = _first(setting, row)
        points = [] if row.fate == "any" else [*rests(stream, weight, bias)]
        inner = [p.q for p in points if p.q < 100 * max(1.0, start)]
        top = min(1.5 * max([start, 1.0, *inner]), 0.999 * stream.limit)
        places = [top * k / (_POINTS - 1) for k in range(_POINTS)]
        values = [(t, bias + weight * stream.second(t)) for t in places]
        curves = [
            _curve("V(q)", "line", (v for v in values if v[1] < _TOP)),
            _curve("V(q) = q", "dashed", ((0.0, 0.0), (top, top))),
        ]
        if row.fate != "any":
            curves.append(_curve(_inputs(setting), "line", _cobweb(stream, weight, bias, start, top)))
        if row.q_star is not None and row.fate != "any" and 0 < (own := float(row.q_star)) <= top:
            curves.append(_curve("q*", "points", ((own, own),)))
        for label, stable in (("stable", True), ("unstable", False)):
            found = [(p.q, p.q) for p in points if p.q <= top and (abs(p.V_prime) <= 1) == stable]
            if found:
                curves.append(_curve(f"{label} fixed point", "points", found))
        yield Figure(
            id="length-map",
            title=f"Length map: {row.label.strip()}",
            x=Axis(label="q"),
            y=Axis(label="V(q)"),
            curves=tuple(curves),
        )


def _cobweb(stream: Flow, weight: float, bias: float, start: float, top: float) -> Iterator[Place]:
    current = start
    yield current, 0.0
    for _ in range(_COBWEB):
        following = bias + weight * stream.second(current)
        if not following <= top:
            return
        yield current, following
        yield following, following
        current = following


def _through_depth(
    setting: Setting, stream: Flow, rows: Sequence[Scheme], depth: int, width: int
) -> Iterator[Figure]:
    """Signal and gradient layer by layer; a band shows the scatter of one network of finite width."""
    signal: list[Curve] = []
    gradient: list[Curve] = []
    for index, row in enumerate(rows):
        weight, bias = float(row.sigma_w2), float(row.sigma_b2)
        start = _first(setting, row)
        passed = orbit(stream, weight, bias, start=start, depth=depth)
        followed = [n for n in passed if 0 < n.q < _TOP]
        label = row.label.strip()
        if index == 0:
            around = spreads(setting, weight, [n.q for n in followed])
            scatters = [(n, math.sqrt(s.variance / width)) for n, s in zip(followed, around, strict=False)]
            band = [(n, s) for n, s in scatters if s < 1]  # beyond, the first order in 1/n says nothing
            signal.append(
                _curve(
                    f"one net of width {width}",
                    "band",
                    ((n.number, n.q * math.exp(-s)) for n, s in band),
                    (n.q * math.exp(s) for n, s in band),
                )
            )
        signal.append(_curve(label, "line", ((n.number, n.q) for n in followed)))
        passing = ((n.number, n.gradient2) for n in followed if 1 / _TOP < n.gradient2 < _TOP)
        gradient.append(_curve(label, "line", passing))
    for name, label, curves in (
        ("signal", "q", signal),
        ("gradient", "gradient^2, from the last layer", gradient),
    ):
        drawn = tuple(c for c in curves if c.x)
        if not drawn:  # what is infinite in every layer
            continue
        yield Figure(
            id=name,
            title=f"The {name} through {depth} layers, {_inputs(setting)}",
            x=Axis(label="layer"),
            y=Axis(label=label, scale="log"),
            curves=drawn,
        )


def _stretches(stream: Flow) -> list[list[float]]:
    """Variances at which the edge of chaos has a bias variance, as far as it is shown, in stretches."""

    def exists(t: float) -> bool:
        second, square_slope, _ = stream.means(t)
        return 0 < square_slope < math.inf and t * square_slope >= second * (1 - 1e-12)

    found: list[list[float]] = []
    before, held = 0.0, False
    for t in (_PHASES * 10 ** (_MOST_DECADES * k / (_POINTS - 1)) for k in range(_POINTS)):
        if not t < stream.limit or (found and t > _SHOWN * max(found[0][0], 1.0)):
            break
        if exists(t):
            if not held:
                found.append([_beginning(before, t, exists)] if before else [])
            found[-1].append(t)
        before, held = t, exists(t)
    return found


def _beginning(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """Where a condition begins to hold, between a variance at which it does not and one at which it does."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _runs(stream: Flow, places: Sequence[float]) -> Iterator[tuple[bool, list[Place]]]:
    """A stretch of the edge in parts: whether the signal is unstable there, and weight and bias variances."""
    part: list[Place] = []
    for steep, group in groupby(places, key=lambda t: _is_steep(stream, t)):
        for t in group:
            second, square_slope, _ = stream.means(t)
            part.append((1 / square_slope, t - second / square_slope))
        yield steep, part
        part = part[-1:]


def _is_steep(stream: Flow, variance: float) -> bool:
    _, square_slope, slope = stream.means(variance)
    return slope > square_slope * (1 + 1e-9)


def _phases(setting: Setting, stream: Flow, recommended: Sequence[Scheme]) -> Iterator[Figure]:
    """The edge of chaos in the plane of weight and bias variance, split where the signal is unstable."""
    if setting.h is None or setting.is_scale_invariant:
        return
    curves = [
        _curve(
            "unstable: V' > 1" if steep else "edge of chaos: chi_1 = 1", "dashed" if steep else "line", run
        )
        for places in _stretches(stream)
        for steep, run in _runs(stream, places)
    ]
    if not curves:
        return
    top = max(max(curve.y) for curve in curves)
    curves += [
        _curve("recommended", "points", ((float(row.sigma_w2), float(row.sigma_b2)),)) for row in recommended
    ]
    if setting.tail_slope2 is not None and float(setting.tail_slope2) > 0:
        limit = 1 / float(setting.tail_slope2)
        curves.append(_curve("divergent to the right", "dashed", ((limit, 0.0), (limit, top))))
    yield Figure(
        id="phases",
        title="Phases: ordered on the left of the edge, chaotic on its right",
        x=Axis(label="sigma_w2"),
        y=Axis(label="sigma_b2"),
        curves=tuple(curves),
    )
