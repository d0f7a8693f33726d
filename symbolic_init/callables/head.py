"""The head that stands for a value of a Python function, or of a derivative of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, final

import mpmath
from sympy import Expr, Float, Function, Piecewise, Rational, S

from symbolic_init.callables.function import PythonFunction

__all__ = ["Sampled", "sampled"]

_NOISE = (1e-14, 1e-11, 1e-8, 1e-6, 1e-4, 1e-3)
"""Errors of values and derivatives of floats, by order."""
_NOISE_OF_MANY_DIGITS = 1e-25
_LOOKED_AT, _LOOKED_AGAIN = 40, 25
"""Digits with which values are compared; a derivative that depends on them does not exist."""
_STEADY = 1e-6
_EPSILON = 2.0**-52


@final
class Sampled(Function):  # type: ignore[misc]  # SymPy is untyped
    """`Sampled(f, n, k, u)` is the n-th derivative of a Python function at u, taken within its piece k.

    Its numbers are estimates: values of floats, and derivatives from such values. At a number that is no
    more than their noise it is 0, and where two pieces meet without a jump it belongs to the left one.

    Examples:
        >>> from symbolic_init.callables import python_function
        >>> from symbolic_init.notation import x
        >>> f = python_function(lambda t: t * t, breakpoints=(), name="f")
        >>> Sampled(f, 0, 0, x).diff(x), Sampled(f, 1, 0, 0)
        (f'(x), 0)
    """

    nargs = (4,)
    is_extended_real = True

    @classmethod
    def eval(cls, function: PythonFunction, order: Expr, piece: Expr, argument: Expr) -> Expr | None:
        """Zeros, and values at the end of a piece that are those of the next piece too."""
        if not argument.is_Rational:
            return None
        noise = _noise(function, int(order), argument)
        with mpmath.workdps(_LOOKED_AT):
            own = _value(function, order, piece, argument)
            if mpmath.isnan(own) or _is_unsteady(function, order, piece, argument, own):
                return S.NaN
            if abs(own) < noise:
                return S.Zero
            if piece > 0 and argument == _rational(function.breakpoints[int(piece) - 1]):
                left = _value(function, order, piece - 1, argument)
                if abs(left - own) < noise * max(1, abs(own)):
                    return cls(function, order, piece - 1, argument)
        return None

    def fdiff(self, argindex: int = 4) -> Expr:  # noqa: ARG002 # SymPy's protocol
        """The next derivative."""
        function, order, piece, argument = self.args
        return Sampled(function, order + 1, piece, argument)

    def _eval_derivative(self, symbol: Expr) -> Expr:
        inner = self.args[3].diff(symbol)
        return S.Zero if inner == 0 else inner * self.fdiff()

    def _eval_evalf(self, prec: int) -> Expr | None:
        argument = self.args[3]._eval_evalf(prec) if not self.args[3].is_Rational else self.args[3]  # noqa: SLF001
        if argument is None or not argument.is_number:
            return None
        with mpmath.workprec(prec):
            function, order, piece = self.args[:3]
            found = _value(function, order, piece, Rational(argument) if argument.is_Float else argument)
            return Float._new(found._mpf_, prec)  # noqa: SLF001 # the way SymPy's evalf makes them

    def of_first_piece(self) -> Expr:
        """Return the same with the first piece instead of its own, which looks the same to a reader."""
        function, order, _, argument = self.args
        return Sampled(function, order, S.Zero, argument)

    def of_floats(self) -> Callable[[float], float]:
        """Return the same as a function of floats."""
        function, order, piece, _ = self.args
        low, high = function.ends(int(piece))
        return partial(_of_float, function, int(order), (float(low), float(high)))

    def of_arrays(self) -> Callable[[Any], Any]:
        """Return the same as a function of arrays of floats, NaN where there is no value."""
        function, order, piece, _ = self.args
        low, high = function.ends(int(piece))
        return partial(_of_array, function, int(order), (float(low), float(high)))

    def at(self, place: Any) -> Any:
        """Return the value at an mpmath number, at the current precision of mpmath."""
        function, order, piece, _ = self.args
        return function.derivative(int(order), place, function.ends(int(piece)))

    def _sympystr(self, printer: Any) -> str:
        return self.text(printer._print)  # noqa: SLF001 # SymPy's protocol

    def text(self, printed: Callable[[Expr], str]) -> str:
        """Return the head as text, with its argument as a printer writes it."""
        function, order, piece, argument = self.args
        side = "+" if piece > 0 and argument == _rational(function.breakpoints[int(piece) - 1]) else ""
        return f"{function.name}{_primes(int(order))}({printed(argument)}{side})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = self.args[0].name.replace("_", r"\_")
        letter = name if len(name) == 1 else rf"\operatorname{{{name}}}"
        order = int(self.args[1])
        marks = "'" * order if order < 4 else rf"^{{({order})}}"
        text = rf"{letter}{marks}\left({printer._print(self.args[3])}\right)"  # noqa: SLF001
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


def sampled(function: PythonFunction, argument: Expr) -> Expr:
    """Return a Python function as an expression: one head for each piece."""
    heads = [Sampled(function, 0, k, argument) for k in range(len(function.breakpoints) + 1)]
    if len(heads) == 1:
        return heads[0]
    conditions = [argument < _rational(c) for c in function.breakpoints]
    return Piecewise(*zip(heads, [*conditions, S.true], strict=True))


def _of_float(function: PythonFunction, order: int, ends: tuple[float, float], place: float) -> float:
    return function.float_derivative(order, place, ends)


def _of_array(function: PythonFunction, order: int, ends: tuple[float, float], places: Any) -> Any:
    return function.float_derivatives(order, places.ravel(), ends).reshape(places.shape)


def _rational(fraction: Any) -> Rational:
    return Rational(fraction.numerator, fraction.denominator)


def _noise(function: PythonFunction, order: int, place: Rational) -> float:
    """What is taken for 0; where breakpoints are is known to the precision of floats only."""
    is_coarse = function.is_floating or place in map(_rational, function.breakpoints)
    return _NOISE[min(order, len(_NOISE) - 1)] if is_coarse else _NOISE_OF_MANY_DIGITS


def _value(function: PythonFunction, order: Expr, piece: Expr, argument: Expr) -> Any:
    place = mpmath.mpf(int(argument.p)) / int(argument.q)
    low, high = function.ends(int(piece))
    if place in (low, high):  # the limit from within, as near as floats tell where the breakpoint is
        place += _EPSILON * max(1, abs(place)) * (1 if place == low else -1)
    return function.derivative(int(order), place, (low, high))


def _is_unsteady(function: PythonFunction, order: Expr, piece: Expr, argument: Expr, value: Any) -> bool:
    """Whether a derivative by tiny differences depends on how tiny they are."""
    if order == 0 or function.is_floating:
        return False
    with mpmath.workdps(_LOOKED_AGAIN):
        again = _value(function, order, piece, argument)
    return bool(abs(again - value) > _STEADY * max(1, abs(value)))


def _primes(order: int) -> str:
    return "'" * order if order < 4 else f"^({order})"
