"""The lines that lead from a mean to its closed form."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sympy import Abs, Add, Expr, Heaviside, Mul, Pow, asinh, cos, cosh, erf, exp, log, sech, sign, sin, tanh

from symbolic_init.derivation import Step
from symbolic_init.moments.field import Element, Field
from symbolic_init.moments.laurent import real_pole
from symbolic_init.moments.normal_form import Form, Kernel, Key, unit_key
from symbolic_init.moments.presentation import element_expr, presented
from symbolic_init.moments.rule import Atom, Rule
from symbolic_init.notation import GaussianMean, q, x

__all__ = ["Line", "form_expr", "reduced_expr", "steps_of"]


class Line(NamedTuple):
    """A right side, and the rules that led to it."""

    rhs: Expr
    rules: Sequence[Rule]


def steps_of(integrand: Expr, lines: Sequence[Line], chain: str) -> tuple[Step, ...]:
    """Return the chain of steps; a line that changes nothing is left out."""
    lhs: Expr = GaussianMean(integrand, q)
    steps: list[Step] = []
    for rhs, rules in lines:
        if rhs == lhs or not rules:
            continue
        steps.append(
            Step(
                id=f"{chain}.{len(steps) + 1}",
                chain=chain,
                lhs=lhs,
                rhs=rhs,
                reason="; ".join(dict.fromkeys(r.reason for r in rules)),
                rule=rules[-1].id,
                reference=next((r.reference for r in rules if r.reference), ""),
            )
        )
        lhs = rhs
    return tuple(steps)


def form_expr(form: Form) -> Expr:
    """The function that a sum of terms stands for."""
    return Add(*(_over(pole, terms) for pole, terms in _by_pole(form).items()))


class _Pole(NamedTuple):
    """A pole on the real line; whether on x > 0 only."""

    kernel: Kernel
    half: bool


def _by_pole(form: Form) -> Mapping[_Pole | None, Form]:
    """The terms that share a pole on the real line, without it, and those without one."""
    groups: dict[_Pole | None, dict[Key, Element]] = {None: {}}
    for key, r in form.items():
        kernel = real_pole(key)
        if kernel is None:
            groups[None][key] = r
            continue
        rest = tuple(k for k in key.kernel if k != kernel)
        groups.setdefault(_Pole(kernel, key.half), {})[key._replace(kernel=rest, half=False)] = r
    return groups


def _over(pole: _Pole | None, terms: Form) -> Expr:
    """The sum of some terms, over their pole."""
    top = Add(*(_term_expr(key, r) for key, r in terms.items()))
    if pole is None:
        return top
    return Mul(top, _kernel_expr(pole.kernel), *((Heaviside(x),) if pole.half else ()))


def _shared_mean(pole: _Pole, terms: Form) -> Expr:
    """The mean of terms whose poles cancel only together."""
    factor, rest = _over(pole, terms).as_independent(x, as_Add=False)
    return Mul(factor, GaussianMean(rest, q))


def reduced_expr(form: Form, atoms: Sequence[Atom], field: Field) -> Expr:
    """Finished terms plus multiples of the means that are left."""
    unit = unit_key(field)
    done = [*atoms, *(Atom(r, field.one, field.zero) for k, r in form.items() if k == unit and not r.has(0))]
    groups = dict(_by_pole(form))
    plain = groups.pop(None)
    heads = [_shared_mean(pole, terms) for pole, terms in groups.items() if pole is not None]
    for key, r in plain.items():
        if key == unit and not r.has(0):
            continue
        if r.has(0) or r.parts()[1] or key.alpha.parts()[1] or key.beta.parts()[1] or key.gamma.parts()[1]:
            heads.append(GaussianMean(_term_expr(key, r), q))
        else:
            heads.append(Mul(element_expr(r), GaussianMean(_term_expr(key, field.one), q)))
    return Add(presented(done, field), *heads)


def _term_expr(key: Key, r: Element) -> Expr:
    """The real part of one term as a function of x."""
    field = r.field
    level, phase = field.zero, field.zero
    for k, c in enumerate((key.gamma, key.beta, key.alpha)):
        level, phase = level + c.parts()[0] * field.x**k, phase + c.parts()[1] * field.x**k
    re, im = r.parts()
    wave = re.expr()
    if phase:
        wave = Add(Mul(wave, cos(phase.expr())), Mul(-1, im.expr(), sin(phase.expr())))
    factors = [wave, *(erf((a * field.x + b).expr()) for a, b in key.soft)]
    factors += [_kernel_expr(k, size=not key.half) for k in key.kernel]
    if level:
        factors.append(exp(level.expr()))
    if key.hard is not None:
        factors.append(sign((field.x - key.hard).expr()))
    if key.half:
        factors.append(Heaviside(x))
    return Mul(*factors)


def _kernel_expr(kernel: Kernel, *, size: bool = False) -> Expr:
    """A kernel as a function of x; on the line a power of x stands for one of its `size` |x|."""
    argument, exponent = kernel.argument.expr(), kernel.exponent.expr()
    if kernel.kind == "beyond":
        return Heaviside(argument)
    if size and argument == x and kernel.kind in ("power", "log"):
        argument = Abs(x)
    if kernel.kind in ("power", "pole"):
        return Pow(argument, -exponent if kernel.kind == "pole" else exponent)
    return Pow(_FUNCTIONS[kernel.kind](argument), exponent)


_FUNCTIONS: Mapping[str, Callable[[Expr], Expr]] = MappingProxyType(
    {"log": log, "asinh": asinh, "logcosh": lambda u: log(cosh(u)), "sech": sech, "tanh": tanh}
)
