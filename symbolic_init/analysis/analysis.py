"""What an activation looks like: pieces, singular points, symmetry, and its germ at 0."""

from dataclasses import dataclass
from typing import final

from sympy import AccumBounds, CRootOf, Expr, S, nan, oo, zoo

from symbolic_init.activation import Activation
from symbolic_init.analysis.asymptotics import Asymptotics
from symbolic_init.analysis.domain import check_domain, local_order, singular_points
from symbolic_init.analysis.growth import TooFastError, UndecidedError
from symbolic_init.analysis.order import compare, increasing, value_at
from symbolic_init.analysis.pieces import Pieces, as_expression, differentiated, pieces
from symbolic_init.analysis.symmetry import Homogeneity, Parity, homogeneity, is_zero, parity
from symbolic_init.analysis.tails import Tails, tails
from symbolic_init.analysis.taylor import Side, coefficients
from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.derivation import Singularity
from symbolic_init.errors import AssumptionError, DomainError, NotIntegrableError, UnsupportedError
from symbolic_init.notation import x

__all__ = ["Analysis", "analyze"]

_SIDES: tuple[Side, Side] = (-1, 1)
_MANY_DIGITS = 40
_NOTHING = 1e-25
_GERM_ORDER = 5
"""Order of the expansion at 0 that is kept."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is known of an activation before any mean is taken.

    Attributes:
        activation: What was analyzed.
        pieces: Breakpoints and smooth branches.
        derivative: The derivative almost everywhere, with the same breakpoints.
        singularities: Jumps and kinks from left to right; a kink of infinite size where the slope
            is unbounded on one side only or on both.
        removable: Points where the formula is 0/0 and the function is smooth.
        rough: `(c, p)`: the formula is singular at `c` and no smooth function continues it. It behaves
            like `|x - c|**p` there, `p > -1/2`, so its mean square is finite; 0 stands for a logarithm.
        parity: "even", "odd", or `None` where neither is shown.
        homogeneity: Degree and sizes, or `None`.
        germ: Coefficients of the expansions at 0 from the left and from the right, up to `x**5`,
            or `None` where one does not exist.
        tails: Behavior for large arguments.
    """

    activation: Activation
    pieces: Pieces
    derivative: Pieces
    singularities: tuple[Singularity, ...]
    removable: tuple[Expr, ...]
    rough: tuple[tuple[Expr, Expr], ...]
    parity: Parity | None
    homogeneity: Homogeneity | None
    germ: tuple[tuple[Expr, ...], tuple[Expr, ...]] | None
    tails: Tails

    @property
    def derivative_expression(self) -> Expr:
        """The derivative almost everywhere as one expression."""
        return as_expression(self.derivative)

    @property
    def at_zero(self) -> Expr | None:
        """`g(0)`, or `None` where g jumps or is unbounded at 0."""
        if self.germ is not None:
            left, right = self.germ[0][0], self.germ[1][0]
            return right if is_zero(right - left) else None
        left, right = (_limit_at(b, S.Zero, s, self.known) for s, b in _beside_zero(self.pieces))
        if left is None or right is None or left.is_infinite or right.is_infinite:
            return None
        return right if is_zero(right - left) else None

    @property
    def slopes(self) -> tuple[Expr, Expr] | None:
        """One-sided slopes at 0, left and right, or `None` where one does not exist."""
        return None if self.germ is None else (self.germ[0][1], self.germ[1][1])

    @property
    def is_smooth(self) -> bool:
        """Whether one smooth formula holds on the whole line."""
        return not self.pieces.breakpoints and self.pieces.complete and not self.rough

    @property
    def is_smooth_at_zero(self) -> bool:
        """Whether the expansions at 0 from both sides agree as far as they are kept."""
        return self.germ is not None and self.germ[0] == self.germ[1]

    @property
    def known(self) -> Assumptions:
        """What is known of the parameters."""
        return self.activation.assumptions


def analyze(activation: Activation) -> Analysis:
    """Return the pieces, singular points, symmetry, tails and germ of an activation.

    Raises:
        DomainError: If it is not real, or not defined, somewhere on the line.
        NotIntegrableError: If it grows faster than any Gaussian decays.
        AssumptionError: If its shape depends on parameters of which too little is known.

    Examples:
        >>> from symbolic_init.activation import activation
        >>> analyze(activation("Max(0, x)")).slopes
        (0, 1)
    """
    known, expr = activation.assumptions, activation.expression
    parts = pieces(expr, known)
    if len({*parts.branches}) == 1 and x not in parts.branches[0].free_symbols:
        msg = f"{expr} is {parts.branches[0]} for every x: a constant has no use as an activation"
        raise DomainError(msg)
    check_domain(parts, known)
    singular = singular_points(parts, known)
    rough = tuple((c, p) for c, p in singular if not _is_removable(expr, c, known))
    slope = differentiated(parts)
    at_ends = tails(parts, known)
    if at_ends.q_limit == 0:
        msg = f"{expr} grows faster than any Gaussian decays: E[g^2] is infinite for every q > 0"
        raise NotIntegrableError(msg)
    return Analysis(
        activation=activation,
        pieces=parts,
        derivative=slope,
        singularities=_singularities(parts, slope, rough, known),
        removable=tuple(c for c, p in singular if (c, p) not in rough),
        rough=rough,
        parity=parity(parts, known),
        homogeneity=homogeneity(parts),
        germ=_germ(parts, expr, known),
        tails=at_ends,
    )


def _is_removable(expr: Expr, point: Expr, known: Assumptions) -> bool:
    """Whether an activation has expansions on both sides of a singular point of its formula."""
    shifted = expr.xreplace({x: point + x}) if point != 0 else expr
    try:
        for side in _SIDES:
            coefficients(shifted, order=1, side=side, known=known)
    except (UnsupportedError, AssumptionError):
        return False
    return True


def _beside_zero(parts: Pieces) -> tuple[tuple[Side, Expr], tuple[Side, Expr]]:
    """The branches to the left and to the right of 0."""
    zero = S.Zero
    index = next((i for i, c in enumerate(parts.breakpoints) if c == 0), None)
    if index is not None:
        return (-1, parts.branches[index]), (1, parts.branches[index + 1])
    below = sum(1 for c in parts.breakpoints if c.is_negative or (c.is_number and c < zero))
    return (-1, parts.branches[below]), (1, parts.branches[below])


def _germ(parts: Pieces, expr: Expr, known: Assumptions) -> tuple[tuple[Expr, ...], tuple[Expr, ...]] | None:
    smooth = not parts.breakpoints and parts.complete
    try:
        if smooth:
            both = coefficients(parts.branches[0], order=_GERM_ORDER, known=known)
            return both, both
        left, right = (coefficients(expr, order=_GERM_ORDER, side=s, known=known) for s in _SIDES)
    except UnsupportedError:
        return None
    return left, right


def _singularities(
    parts: Pieces, slope: Pieces, rough: tuple[tuple[Expr, Expr], ...], known: Assumptions
) -> tuple[Singularity, ...]:
    found = []
    sides = {c: (i, i + 1) for i, c in enumerate(parts.breakpoints)}
    for index, (low, high, _) in enumerate(parts.intervals()):
        within = [c for c, _ in rough if c not in sides and _is_between(low, c, high, known)]
        sides.update(dict.fromkeys(within, (index, index)))
    for point in increasing(tuple(sides), known):
        i, j = sides[point]
        jump = _step(parts.branches[i], parts.branches[j], point, known)
        kink = _step(slope.branches[i], slope.branches[j], point, known)
        if jump != 0 or kink != 0:
            found.append(Singularity(at=point, jump=jump, kink=kink))
    return tuple(found)


def _is_between(low: Expr, point: Expr, high: Expr, known: Assumptions) -> bool:
    return compare(low, point, known) < 0 and compare(point, high, known) < 0


def _step(left: Expr, right: Expr, point: Expr, known: Assumptions) -> Expr:
    """The right limit minus the left limit: infinite where one of them is, 0 where it cannot be told."""
    if point.has(CRootOf):
        return _algebraic_step(left, right, point)
    below, above = _limit_at(left, point, -1, known), _limit_at(right, point, 1, known)
    if below is None or above is None:
        return S.Zero
    if below.is_infinite or above.is_infinite:
        return oo
    size = above - below
    return S.Zero if is_zero(size) else size


def _algebraic_step(left: Expr, right: Expr, point: Expr) -> Expr:
    """The same at a root of a polynomial: by its digits first, as expressions in it are slow to build."""
    size = evaluated((right - left).xreplace({x: evaluated(point, _MANY_DIGITS)}), _MANY_DIGITS)
    if not size.is_comparable or abs(size) < _NOTHING:
        return S.Zero
    return (right - left).xreplace({x: point})


def _limit_at(branch: Expr, point: Expr, side: Side, known: Assumptions) -> Expr | None:
    """The one-sided limit at a point, perhaps infinite; `None` where it cannot be told."""
    value = value_at(branch, point)
    if not value.has(nan, zoo, oo, -oo, AccumBounds):
        return value
    try:
        return coefficients(branch.xreplace({x: point + x}), order=0, side=side, known=known)[0]
    except (UnsupportedError, AssumptionError):
        pass
    try:
        return Asymptotics(known).limit(branch.xreplace({x: point + side / x}))
    except (UndecidedError, TooFastError):
        order = local_order(branch.xreplace({x: point + x}), side, known)
        return S.Zero if order.is_comparable and order > 0 else None
