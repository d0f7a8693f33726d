"""The head of a derivation: an activation in a few words, and its Taylor expansion as a step."""

from sympy import Expr, S

from symbolic_init.activation import Activation
from symbolic_init.analysis.analysis import Analysis
from symbolic_init.analysis.taylor import taylor, taylor_sided
from symbolic_init.derivation import Step, Traits
from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import abbreviated, x

__all__ = ["expansion_steps", "gate_traits", "traits"]


def traits(analysis: Analysis) -> Traits:
    """Return what the activation looks like, for the head of a derivation.

    Examples:
        >>> from symbolic_init.activation import activation
        >>> from symbolic_init.analysis import analyze
        >>> traits(analyze(activation("tanh(x)"))).words
        ('odd', 'smooth', 'bounded by 1')
    """
    return Traits(
        words=tuple(w for w in (*_symmetry(analysis), _smoothness(analysis), *_size(analysis)) if w),
        germ=_germ(analysis),
        singularities=analysis.singularities,
    )


def gate_traits(subject: Activation) -> Traits:
    """Return what a gated unit looks like: the number of its inputs, and its value at 0."""
    origin = subject.expression.subs(dict.fromkeys(subject.inputs, S.Zero))
    words = (f"{len(subject.inputs)} independent inputs",)
    return Traits(words=words, germ=(("g(0)", origin),) if origin.is_finite else (), singularities=())


def _symmetry(analysis: Analysis) -> tuple[str, ...]:
    degree = analysis.homogeneity.degree if analysis.homogeneity else None
    return (analysis.parity or "", "" if degree is None else f"homogeneous of degree {degree}")


def _smoothness(analysis: Analysis) -> str:
    if analysis.is_smooth:
        return "smooth"
    shown = [s for s in analysis.singularities if s.at not in dict(analysis.rough)]
    jumps = [s for s in shown if s.jump != 0]
    kinks = [s for s in shown if s.jump == 0]
    words = [_counted("jump", [s.at for s in jumps]), _counted("kink", [s.at for s in kinks])]
    infinite = {s.at for s in analysis.singularities if s.jump.is_infinite}
    words += [f"{'unbounded' if c in infinite else 'not smooth'} at {c}" for c, _ in analysis.rough]
    words += [] if analysis.pieces.complete else ["infinitely many pieces, or not all found"]
    return ", ".join(w for w in words if w) or "g' continuous"


def _counted(word: str, places: list[Expr]) -> str:
    if not places:
        return ""
    return f"{word} at {_plain(places[0])}" if len(places) == 1 else f"{len(places)} {word}s"


def _size(analysis: Analysis) -> tuple[str, ...]:
    ends = analysis.tails
    if ends.infimum is not None and ends.supremum is not None:
        if ends.infimum == -ends.supremum:
            return (f"bounded by {_plain(ends.supremum)}",)
        return (f"between {_plain(ends.infimum)} and {_plain(ends.supremum)}",)
    if analysis.homogeneity is not None or ends.left is None or ends.right is None:
        return ()
    if not all(t.is_polynomial(x) and x not in t.diff(x).free_symbols for t in (ends.left, ends.right)):
        return ()
    return (f"tails {_plain(ends.left)} and {_plain(ends.right)}",)


def _plain(expr: Expr) -> str:
    """A short expression in words: products without signs."""
    text = str(abbreviated(expr))
    return text if "**" in text else text.replace("*", " ")


def _germ(analysis: Analysis) -> tuple[tuple[str, Expr], ...]:
    if analysis.germ is None:
        value = analysis.at_zero
        return () if value is None else (("g(0)", value),)
    left, right = analysis.germ
    values: list[tuple[str, Expr]] = []
    if analysis.at_zero is None:
        values += [("g(0-)", left[0]), ("g(0+)", right[0])]
    else:
        values.append(("g(0)", right[0]))
    if not analysis.is_smooth_at_zero and left[1] != right[1]:
        return (*values, ("g'(0-)", left[1]), ("g'(0+)", right[1]))
    values.append(("g'(0)", right[1]))
    if analysis.is_smooth_at_zero:
        factor = S.One
        for k in range(2, len(right)):
            factor *= k
            if right[k] != 0 and (right[1] == 0 or k == 3 or left[0] != 0 or analysis.parity):
                name = "g" + "'" * k if k < 4 else f"g^({k})"
                values.append((f"{name}(0)", (right[k] * factor).expand()))
                break
    return tuple(values)


def expansion_steps(activation: Activation, *, order: int = 5) -> tuple[Step, ...]:
    """Return the Taylor expansion at 0 as steps: one, or one for each side of a kink or jump at 0.

    Nothing is returned where there is no expansion in powers of `x`.
    """
    known = activation.assumptions
    try:
        whole = taylor(activation.expression, order=order, known=known)
        if whole.is_Piecewise:
            sides = [taylor_sided(activation.expression, order=order, side=s, known=known) for s in (-1, 1)]
            return tuple(
                _step(activation, side, polynomial)
                for side, polynomial in zip(("left", "right"), sides, strict=True)
            )
    except UnsupportedError:
        return ()
    return (_step(activation, "", whole),)


def _step(activation: Activation, side: str, polynomial: Expr) -> Step:
    where = {"left": " from the left, x < 0", "right": " from the right, x > 0"}.get(side, "")
    return Step(
        id=f"taylor.{side or 'expansion'}",
        chain="taylor",
        lhs=activation.expression,
        rhs=polynomial,
        relation="~",
        reason=f"Taylor at 0{where}",
        rule="taylor.one-sided" if side else "taylor.smooth",
    )
