"""From SymPy to the normal form: one smooth piece at a time, node by node."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, final

import sympy
from sympy import Expr, Rational

from symbolic_init.moments.field import Element, Field, Unreadable, X
from symbolic_init.moments.logarithms import logarithm_form
from symbolic_init.moments.normal_form import Form, Kernel, Key, accumulate, product, scaled, unit_key
from symbolic_init.moments.radicals import root
from symbolic_init.moments.waves import has_exponential, is_quotient, log_form, logistic_form, tanh_form
from symbolic_init.notation import x

__all__ = ["Reader", "is_readable"]

_MAX_DEGREE = 64
_MAX_TERMS = 400

TRIGONOMETRIC = (sympy.sin, sympy.cos)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the branch of a function that holds on one piece.

    Attributes:
        field: Where the coefficients live.
        side: The sign of x on the piece; 0 where it takes both.
    """

    field: Field
    side: Literal[-1, 0, 1]

    def read(self, expr: Expr) -> Form:
        """Return the normal form of a branch; raise `Unreadable` when it has none."""
        if not expr.has(x):
            return self._plain(self.field.element(expr)) if _is_elementary(expr) else self._constant(expr)
        if expr == x:
            return self._plain(self.field.x)
        if expr.is_Add:
            total: dict[Key, Element] = {}
            for a in expr.args:
                for key, r in self.read(a).items():
                    accumulate(total, key, r)
            return total
        if expr.is_Mul:
            return self._product(expr.args)
        if is_quotient(expr):
            return self._product((expr,))
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        reading = _READINGS.get(type(expr))
        if reading is None or len(expr.args) != 1:
            raise Unreadable(str(type(expr)))
        return reading(self, expr.args[0])

    def _plain(self, value: Element) -> Form:
        return {unit_key(self.field): value} if value else {}

    def _constant(self, expr: Expr) -> Form:
        if expr.is_Mul:
            return self._product(expr.args)
        if expr.is_Add:
            total: dict[Key, Element] = {}
            for a in expr.args:
                for key, r in self.read(a).items():
                    accumulate(total, key, r)
            return total
        if isinstance(expr, sympy.exp):
            return self._exp(expr.args[0])
        return self._plain(self.field.element(expr))

    def _product(self, args: tuple[Expr, ...]) -> Form:
        total = self._plain(self.field.one)
        if any(map(is_quotient, args)):
            total, args = logistic_form(args, self)
        for a in args:
            total = product(total, self.read(a), self.field)
            if len(total) > _MAX_TERMS:
                raise Unreadable("too many terms")
        return self._gathered(total)

    def _gathered(self, form: Form) -> Form:
        """Denominators that a power stands beside join it: `(x - 1)**p/(x - 1)` is `(x - 1)**(p - 1)`."""
        if all(r.is_polynomial() or not key.kernel for key, r in form.items()):
            return form
        total: dict[Key, Element] = {}
        for key, r in form.items():
            kernels = []
            for k in key.kernel:
                base, exponent = k.argument, k.exponent
                while k.kind == "power" and base not in (self.field.x, -self.field.x) and _divides(base, r):
                    r, exponent = r * base, exponent - 1
                kernels.append(k._replace(exponent=exponent))
            accumulate(total, key._replace(kernel=tuple(kernels)), r)
        return total

    def rational(self, expr: Expr) -> Element:
        """Read a function of x that must be rational."""
        form = self.read(expr)
        if not form:
            return self.field.zero
        unit = unit_key(self.field)
        if len(form) > 1 or unit not in form:
            raise Unreadable("not rational")
        return form[unit]

    def linear(self, expr: Expr) -> tuple[Element, Element]:
        """Read `a*x + b`, free of q, as the pair `(a, b)`."""
        c = self.polynomial(expr, degree=1)
        return c.get(1, self.field.zero), c.get(0, self.field.zero)

    def polynomial(self, expr: Expr, *, degree: int) -> Mapping[int, Element]:
        """Read a polynomial of bounded degree as its coefficients."""
        r = self.rational(expr)
        if not r.is_polynomial() or r.degree() > degree:
            raise Unreadable("degree")
        return r.coefficients()

    def _power(self, base: Expr, exponent: Expr) -> Form:
        if exponent.has(x):
            if base.has(x):
                raise Unreadable("power")
            return self._exp(exponent * sympy.log(base))
        if exponent.is_Integer:
            return self._whole_power(self.read(base), int(exponent))
        return self._kernel_power(self.rational(base), self.field.element(exponent))

    def _whole_power(self, form: Form, exponent: int) -> Form:
        field = self.field
        if exponent < 0:
            if len(form) != 1:
                return self._whole_power(self._reciprocal(form), -exponent)
            ((key, r),) = form.items()
            if key.soft or any(k.kind != "power" for k in key.kernel):
                raise Unreadable("reciprocal")
            kernel = tuple(Kernel(k.kind, k.argument, -k.exponent) for k in key.kernel)
            inverse = Key(-key.alpha, -key.beta, -key.gamma, (), kernel)
            return self._whole_power({inverse: field.one / r}, -exponent)
        if exponent * max((r.degree() for r in form.values()), default=0) > _MAX_DEGREE:
            raise Unreadable("degree")
        if exponent > 2 * _MAX_DEGREE:
            raise Unreadable("power")
        total, square = self._plain(field.one), form
        while exponent:
            if exponent % 2:
                total = product(total, square, field)
            exponent //= 2
            if exponent:
                square = product(square, square, field)
            if len(total) > _MAX_TERMS or len(square) > _MAX_TERMS:
                raise Unreadable("too many terms")
        return total

    def _reciprocal(self, form: Form) -> Form:
        """`1/(a + b*sqrt(f))` as `(a - b*sqrt(f))/(a**2 - b**2*f)`."""
        unit = unit_key(self.field)
        roots = [(key, b) for key, b in form.items() if key != unit]
        if len(form) != 2 or len(roots) != 1:
            raise Unreadable("reciprocal of a sum")
        ((key, b),) = roots
        square = product({key: b}, {key: b}, self.field)
        if set(square) != {unit}:
            raise Unreadable("reciprocal of a sum")
        norm = form[unit] ** 2 - square[unit]
        return scaled({unit: form[unit], key: -b}, self.field.one / norm)

    def _kernel_power(self, base: Element, exponent: Element) -> Form:
        """A power that is not whole; even powers of x leave it as powers of |x|."""
        field = self.field
        if not base:
            raise Unreadable("power of zero")
        if not base.is_polynomial():
            raise Unreadable("root of a quotient")
        monomial = base.coefficients()
        unit = unit_key(field)
        if len(monomial) == 1:
            ((k, c),) = monomial.items()
            if k == 0:
                raise Unreadable("constant power")
            positive = self.side >= 0
            if self.side == 0 and k % 2:
                raise Unreadable("power of x on both sides")
            if field.sign(c if positive or k % 2 == 0 else -c) != 1:
                raise Unreadable("power of a negative number")
            if self.side == 0:
                raise Unreadable("power of |x| on both sides")
            scale = c if positive or k % 2 == 0 else -c
            size = Kernel("power", field.x if positive else -field.x, exponent * k)
            return product(self._constant_power(scale, exponent), self._kernel(size), field)
        if set(monomial) == {0, 1} and monomial[1] not in (field.one, -field.one):
            sign = field.sign(monomial[1])
            if sign:
                scale = monomial[1] * sign
                factor = self._constant_power(scale, exponent)
                return product(factor, self._kernel(Kernel("power", base / scale, exponent)), field)
        return {unit._replace(kernel=(Kernel("power", base, exponent),)): field.one}

    def _constant_power(self, scale: Element, exponent: Element) -> Form:
        if scale == self.field.one:
            return self._plain(self.field.one)
        number = exponent.number()
        if number is not None and number.q == 2:
            outer, rest = root(scale)
            if rest == self.field.one:
                return self._plain(outer ** int(2 * number))
        return self._plain(self.field.element(sympy.Pow(scale.expr(), exponent.expr())))

    def _kernel(self, kernel: Kernel) -> Form:
        number = kernel.exponent.number()
        if kernel.kind == "power" and number is not None and number.is_Integer:
            return self._plain(kernel.argument ** int(number))
        return {unit_key(self.field)._replace(kernel=(kernel,)): self.field.one}

    def _exp(self, argument: Expr) -> Form:
        c = self.polynomial(argument, degree=2)
        zero = self.field.zero
        return {Key(c.get(2, zero), c.get(1, zero), c.get(0, zero)): self.field.one}

    def _erf(self, argument: Expr) -> Form:
        a, b = self.linear(argument)
        sign = self.field.sign(a)
        if sign == 0:
            return self._plain(self.field.element(sympy.erf(b.expr())))
        one = self.field.one
        pair, factor = ((-a, -b), -one) if sign == -1 else ((a, b), one)
        return {unit_key(self.field)._replace(soft=(pair,)): factor}

    def _erfc(self, argument: Expr) -> Form:
        total = dict(scaled(self._erf(argument), -self.field.one))
        accumulate(total, unit_key(self.field), self.field.one)
        return total

    def _waves(self, argument: Expr) -> tuple[Form, Form]:
        """`exp(i*u)` and `exp(-i*u)` for a linear `u`."""
        a, b = self.linear(argument)
        zero, one, i = self.field.zero, self.field.one, self.field.i
        return {Key(zero, i * a, i * b): one}, {Key(zero, -i * a, -i * b): one}

    def _pair(self, forms: tuple[Form, Form], first: Element, second: Element) -> Form:
        total = dict(scaled(forms[0], first))
        for key, r in scaled(forms[1], second).items():
            accumulate(total, key, r)
        return total

    def _cos(self, argument: Expr) -> Form:
        half = self.field.constant(1, 2)
        return self._pair(self._waves(argument), half, half)

    def _sin(self, argument: Expr) -> Form:
        half = -self.field.i / 2
        return self._pair(self._waves(argument), half, -half)

    def _sinc(self, argument: Expr) -> Form:
        return self.read(sympy.sin(argument) / argument)

    def _cosh(self, argument: Expr) -> Form:
        half = self.field.constant(1, 2)
        return self._pair((self._exp(argument), self._exp(-argument)), half, half)

    def _sinh(self, argument: Expr) -> Form:
        half = self.field.constant(1, 2)
        return self._pair((self._exp(argument), self._exp(-argument)), half, -half)

    def _tanh(self, argument: Expr) -> Form:
        a, b = self.linear(argument)
        if b:
            raise Unreadable("shifted tanh")
        return tanh_form(a)

    def _log(self, argument: Expr) -> Form:
        try:
            return logarithm_form(self.read(argument), self.side, self.field)
        except Unreadable:
            if not has_exponential(argument):
                raise
            return log_form(argument, self)

    def _asinh(self, argument: Expr) -> Form:
        a, b = self.linear(argument)
        if b or not a:
            raise Unreadable("shifted asinh")
        one = self.field.one
        factor = one
        if self.field.sign(a) == -1:
            a, factor = -a, -one
        return {unit_key(self.field)._replace(kernel=(Kernel("asinh", a * self.field.x, one),)): factor}


_READINGS: Mapping[type, Callable[[Reader, Expr], Form]] = MappingProxyType(
    {
        sympy.exp: Reader._exp,  # noqa: SLF001 - the table of the class
        sympy.erf: Reader._erf,  # noqa: SLF001
        sympy.erfc: Reader._erfc,  # noqa: SLF001
        sympy.sin: Reader._sin,  # noqa: SLF001
        sympy.cos: Reader._cos,  # noqa: SLF001
        sympy.sinh: Reader._sinh,  # noqa: SLF001
        sympy.cosh: Reader._cosh,  # noqa: SLF001
        sympy.tanh: Reader._tanh,  # noqa: SLF001
        sympy.log: Reader._log,  # noqa: SLF001
        sympy.asinh: Reader._asinh,  # noqa: SLF001
    }
)


def _divides(base: Element, r: Element) -> bool:
    """Whether a polynomial in x divides the denominator of a rational function."""
    return bool((r * base).d.degrees()[X] < r.d.degrees()[X])


def _is_elementary(expr: Expr) -> bool:
    return not expr.has(sympy.exp)


def is_readable(expr: Expr) -> bool:
    """Tell, without reading it, whether every function in `expr` is one that can be read."""
    return all(
        type(e) in _READINGS or is_quotient(e)
        for e in sympy.preorder_traversal(expr)
        if isinstance(e, sympy.Function) and e.has(x)
    )


def exponent_number(e: Element) -> Rational | None:
    """The exponent of a kernel as a rational number, or `None`."""
    return e.number()
