"""One table from SymPy heads to code: ball arithmetic, mpmath, and numpy arrays."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import sympy as sp
from flint import acb, arb

from symbolic_init.moments.faddeeva_balls import (
    faddeeva_imaginary,
    faddeeva_real,
    goodwin_staton_imaginary,
    goodwin_staton_real,
)
from symbolic_init.moments.hypergeometric_balls import (
    bessel_k_order_derivative,
    erfcx_integral,
    kummer_m,
    kummer_u,
    parabolic_cylinder_d,
)
from symbolic_init.moments.sinc_balls import sinc
from symbolic_init.moments.special_balls import bivariate_normal, erf_imaginary, erf_real, owens_t
from symbolic_init.moments.wave_balls import log_cosh_mean, mordell_mean, sech_mean
from symbolic_init.special.bessel_order import BesselKOrderDerivative
from symbolic_init.special.bivariate_normal import BivariateNormal
from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.erfcx_integral import ErfcxIntegral
from symbolic_init.special.faddeeva import FaddeevaImaginary, FaddeevaReal
from symbolic_init.special.goodwin_staton import GoodwinStatonImaginary, GoodwinStatonReal
from symbolic_init.special.kummer import KummerM, KummerU
from symbolic_init.special.log_cosh_mean import LogCoshMean
from symbolic_init.special.mordell_mean import MordellMean
from symbolic_init.special.owens_t import OwensT
from symbolic_init.special.parabolic_cylinder import ParabolicCylinderD
from symbolic_init.special.sech_mean import SechMean
from symbolic_init.special.sinc import Sinc

__all__ = ["CODES", "CONSTANTS", "Code"]


class Code(NamedTuple):
    """How one head is evaluated.

    Attributes:
        ball: Function of `acb` numbers.
        mp: Name of a function of `mpmath`.
        array: Name of a function of `numpy`; `math.f`, `fp.f` and `mp.f` are functions of floats, from
            `math`, `mpmath.fp` and `mpmath`, which are applied to each element.
        has_cut: `ball` takes as its last argument the flag that asks for a non-finite answer
            where the function is not analytic.
        is_analytic: Of a head of ours: `ball` takes complex numbers, and the function is analytic.
    """

    ball: Callable[..., Any]
    mp: str
    array: str
    has_cut: bool = False
    is_analytic: bool = False


_NOWHERE = acb("nan", "nan")


def _is_clear(value: Any) -> bool:
    """Whether a real ball excludes 0."""
    return not value.contains(0)


def _guarded(function: Callable[..., Any], touches: Callable[[Any], bool]) -> Callable[..., Any]:
    """A function that tells by NaN when a ball may touch its branch cuts."""

    def guarded(*arguments: Any) -> Any:
        *values, analytic = arguments
        return _NOWHERE if analytic and touches(values[-1]) else function(*values)

    return guarded


def _left_of(point: Any) -> Callable[[Any], bool]:
    """Touches the real axis on the left of a point."""
    return lambda z: bool(z.imag.contains(0) and not z.real > point)


def _outside_unit(z: Any) -> bool:
    return bool(z.imag.contains(0) and not abs(z.real) < 1)


def _outside_unit_imaginary(z: Any) -> bool:
    return bool(z.real.contains(0) and not abs(z.imag) < 1)


def _asinh(z: Any, analytic: Any) -> Any:
    """Inverse hyperbolic sine by its logarithm, whose enclosures are tight on wide balls."""
    if z.real < 0:
        return -_asinh(-z, analytic)
    if not z.real > 0:
        return _NOWHERE if analytic and _outside_unit_imaginary(z) else z.asinh()
    return (z + (z * z + 1).sqrt(analytic=analytic)).log(analytic=analytic)


def _ei(z: Any, analytic: Any) -> Any:
    """Exponential integral, real on both half lines and continued from either."""
    if z.real < 0:
        return -(-z).expint(1)
    return _NOWHERE if analytic and not z.real > 0 else z.ei()


def _expint(order: Any, z: Any) -> Any:
    return z.expint(order)


def _lambertw(*arguments: Any) -> Any:
    z, branch = arguments[0], acb(0) if len(arguments) < 3 else arguments[1]
    if arguments[-1] and z.imag.contains(0) and not z.real > arb(-1).exp().neg():
        return _NOWHERE
    return z.lambertw(int(branch.real.unique_fmpz()))


def _real(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function of real numbers only."""

    def real(z: Any, analytic: Any) -> Any:
        return _NOWHERE if analytic or not z.imag.contains(0) else acb(function(z.real))

    return real


def _polygamma(order: Any, z: Any) -> Any:
    return z.polygamma(order)


def _heaviside(z: Any, middle: Any, analytic: Any) -> Any:
    """The step, with its middle value at 0 itself."""
    return middle if z == 0 and not analytic else z.real_heaviside(analytic)


CODES: Mapping[Any, Code] = MappingProxyType(
    {
        sp.exp: Code(acb.exp, "exp", "exp"),
        sp.log: Code(lambda z, an: z.log(analytic=an), "log", "log", has_cut=True),
        sp.sin: Code(acb.sin, "sin", "sin"),
        sp.cos: Code(acb.cos, "cos", "cos"),
        sp.tan: Code(acb.tan, "tan", "tan"),
        sp.cot: Code(acb.cot, "cot", "fp.cot"),
        sp.sec: Code(acb.sec, "sec", "fp.sec"),
        sp.csc: Code(acb.csc, "csc", "fp.csc"),
        Sinc: Code(sinc, "_sinc", "_sinc", is_analytic=True),
        sp.sinh: Code(acb.sinh, "sinh", "sinh"),
        sp.cosh: Code(acb.cosh, "cosh", "cosh"),
        sp.tanh: Code(acb.tanh, "tanh", "tanh"),
        sp.coth: Code(acb.coth, "coth", "fp.coth"),
        sp.sech: Code(acb.sech, "sech", "fp.sech"),
        sp.csch: Code(acb.csch, "csch", "fp.csch"),
        sp.asin: Code(_guarded(acb.asin, _outside_unit), "asin", "arcsin", has_cut=True),
        sp.acos: Code(_guarded(acb.acos, _outside_unit), "acos", "arccos", has_cut=True),
        sp.atan: Code(_guarded(acb.atan, _outside_unit_imaginary), "atan", "arctan", has_cut=True),
        sp.asinh: Code(_asinh, "asinh", "arcsinh", has_cut=True),
        sp.acosh: Code(_guarded(acb.acosh, _left_of(1)), "acosh", "arccosh", has_cut=True),
        sp.atanh: Code(_guarded(acb.atanh, _outside_unit), "atanh", "arctanh", has_cut=True),
        sp.erf: Code(acb.erf, "erf", "math.erf"),
        sp.erfc: Code(acb.erfc, "erfc", "math.erfc"),
        sp.erfi: Code(acb.erfi, "erfi", "mp.erfi"),
        sp.erfinv: Code(_real(arb.erfinv), "erfinv", "mp.erfinv", has_cut=True),
        sp.erfcinv: Code(_real(arb.erfcinv), "_erfcinv", "_erfcinv", has_cut=True),
        sp.gamma: Code(acb.gamma, "gamma", "math.gamma"),
        sp.loggamma: Code(_guarded(acb.lgamma, _left_of(0)), "loggamma", "math.lgamma", has_cut=True),
        sp.polygamma: Code(_polygamma, "polygamma", "mp.polygamma"),
        sp.uppergamma: Code(
            _guarded(lambda a, z: z.gamma_upper(a), _left_of(0)), "gammainc", "mp.gammainc", has_cut=True
        ),
        sp.zeta: Code(acb.zeta, "zeta", "mp.zeta"),
        sp.Ei: Code(_ei, "ei", "mp.ei", has_cut=True),
        sp.expint: Code(_guarded(_expint, _left_of(0)), "expint", "mp.expint", has_cut=True),
        sp.besselk: Code(
            _guarded(lambda n, z: z.bessel_k(n), _left_of(0)), "besselk", "mp.besselk", has_cut=True
        ),
        sp.besseli: Code(
            _guarded(lambda n, z: z.bessel_i(n), _left_of(0)), "besseli", "mp.besseli", has_cut=True
        ),
        sp.besselj: Code(
            _guarded(lambda n, z: z.bessel_j(n), _left_of(0)), "besselj", "mp.besselj", has_cut=True
        ),
        sp.LambertW: Code(_lambertw, "lambertw", "mp.lambertw", has_cut=True),
        sp.airyai: Code(acb.airy_ai, "airyai", "mp.airyai"),
        sp.airybi: Code(acb.airy_bi, "airybi", "mp.airybi"),
        sp.fresnels: Code(acb.fresnel_s, "fresnels", "mp.fresnels"),
        sp.fresnelc: Code(acb.fresnel_c, "fresnelc", "mp.fresnelc"),
        sp.Si: Code(acb.si, "si", "mp.si"),
        sp.Shi: Code(acb.shi, "shi", "mp.shi"),
        BesselKOrderDerivative: Code(
            bessel_k_order_derivative, "_bessel_k_order", "_bessel_k_order", has_cut=True
        ),
        ErfcxIntegral: Code(erfcx_integral, "_erfcx_integral", "_erfcx_integral"),
        KummerM: Code(kummer_m, "_kummer_m", "_kummer_m"),
        KummerU: Code(_guarded(kummer_u, _left_of(0)), "_kummer_u", "_kummer_u", has_cut=True),
        ParabolicCylinderD: Code(parabolic_cylinder_d, "_parabolic_cylinder_d", "_parabolic_cylinder_d"),
        BivariateNormal: Code(bivariate_normal, "_bivariate_normal", "_bivariate_normal", has_cut=True),
        ErfImaginary: Code(erf_imaginary, "_erf_imaginary", "_erf_imaginary", has_cut=True),
        ErfReal: Code(erf_real, "_erf_real", "_erf_real", has_cut=True),
        FaddeevaImaginary: Code(
            faddeeva_imaginary, "_faddeeva_imaginary", "_faddeeva_imaginary", has_cut=True
        ),
        FaddeevaReal: Code(faddeeva_real, "_faddeeva_real", "_faddeeva_real", has_cut=True),
        GoodwinStatonImaginary: Code(
            goodwin_staton_imaginary,
            "_goodwin_staton_imaginary",
            "_goodwin_staton_imaginary",
            has_cut=True,
        ),
        GoodwinStatonReal: Code(
            goodwin_staton_real, "_goodwin_staton_real", "_goodwin_staton_real", has_cut=True
        ),
        LogCoshMean: Code(log_cosh_mean, "_log_cosh_mean", "_log_cosh_mean", has_cut=True),
        MordellMean: Code(mordell_mean, "_mordell_mean", "_mordell_mean", has_cut=True),
        OwensT: Code(owens_t, "_owens_t", "_owens_t", has_cut=True),
        SechMean: Code(sech_mean, "_sech_mean", "_sech_mean", has_cut=True),
        # Switches: on numbers and wide balls here; as functions of x they are resolved piece by piece.
        sp.Abs: Code(acb.real_abs, "fabs", "abs", has_cut=True),
        sp.sign: Code(acb.real_sgn, "sign", "sign", has_cut=True),
        sp.Heaviside: Code(_heaviside, "_heaviside", "heaviside", has_cut=True),
        sp.Max: Code(acb.real_max, "_max", "maximum", has_cut=True),
        sp.Min: Code(acb.real_min, "_min", "minimum", has_cut=True),
        sp.floor: Code(acb.real_floor, "floor", "floor", has_cut=True),
        sp.ceiling: Code(acb.real_ceil, "ceil", "ceil", has_cut=True),
    }
)
"""Every head that is evaluated argument by argument."""

CONSTANTS: Mapping[Any, tuple[Callable[[], Any], str]] = MappingProxyType(
    {
        sp.pi: (arb.pi, "pi"),
        sp.E: (arb.const_e, "e"),
        sp.EulerGamma: (arb.const_euler, "euler"),
        sp.Catalan: (arb.const_catalan, "catalan"),
        sp.GoldenRatio: (lambda: (1 + arb(5).sqrt()) / 2, "phi"),
    }
)
"""Constants: as a ball at the current precision, and their names in `mpmath`."""
