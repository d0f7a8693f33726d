"""The names and signatures that callers rely on."""

import inspect
import pickle
import re

import pytest

import symbolic_init
from symbolic_init import Derivation, Moment, SymbolicInitError, derive, gaussian_mean

STABLE = {
    "weight_variance",
    "sigma_w2",
    "gain",
    "std",
    "taylor",
    "moments",
    "values",
    "warnings",
    "steps",
    "recommended",
    "to_text",
    "to_latex",
    "to_markdown",
    "to_json",
    "_repr_latex_",
}


@pytest.mark.parametrize("name", symbolic_init.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(symbolic_init, name)

    assert name in dir(symbolic_init)
    assert isinstance(value, str) or inspect.getdoc(value)


def test_public_names_are_sorted_and_have_one_home():
    homes = [name for _, names in symbolic_init._HOMES for name in names]

    assert symbolic_init.__all__ == sorted(symbolic_init.__all__)
    assert sorted([*homes, "__version__"]) == symbolic_init.__all__


def test_public_names_come_from_the_modules_of_the_table():
    for home, names in symbolic_init._HOMES:
        for name in names:
            assert getattr(symbolic_init, name).__module__.startswith(f"symbolic_init.{home}")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'initialise'"):
        _ = symbolic_init.initialise


def test_the_version_is_that_of_the_installed_package():
    assert re.match(r"\d+(\.\d+)*", symbolic_init.__version__)


def test_every_error_is_below_one_root():
    errors = [getattr(symbolic_init, name) for name in symbolic_init.__all__ if name.endswith("Error")]

    assert all(issubclass(error, SymbolicInitError) for error in errors)


def test_the_signature_of_derive_holds():
    parameters = inspect.signature(derive).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    stable = {"theory": "auto", "q": 1, "sigma_b2": 0, "digits": 30, "assume": ""}

    assert [name for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY] == ["activation"]
    assert stable.items() <= defaults.items()


def test_a_derivation_has_what_is_promised():
    assert set(dir(Derivation)) >= STABLE


def test_a_moment_has_what_is_promised():
    moment = gaussian_mean("x**2")

    assert isinstance(moment, Moment)
    assert (moment.kind, str(moment.expr), moment.value(q=2, digits=20)) == ("exact", "q", 2)


def test_the_promises_hold_for_an_answer():
    d = derive("relu(x)")

    assert str(d.weight_variance) == "2/N"
    assert (d.sigma_w2, d.gain**2) == (2, 2)
    assert d.std(fan_in=512) == 0.0625
    assert set(d.moments) == {"m", "M", "h"}
    assert str(d.moments["M"].expr) == "q/2"
    assert d.values["sigma_w2"].expr == 2
    assert d.values["sigma_w2"].kind == "exact"
    assert d.recommended is not None
    assert d.steps


def test_mappings_cannot_be_changed():
    d = derive("relu(x)")

    with pytest.raises(TypeError):
        d.values["sigma_w2"] = None


def test_answers_can_be_pickled():
    moment = gaussian_mean("x**2")

    assert pickle.loads(pickle.dumps(moment)) == moment  # noqa: S301  # our own bytes
