"""What the tables of the atlas say of one activation, as plain data that a file keeps."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from symbolic_init.catalog import FAMILIES, Entry
from symbolic_init.derivation import Derivation, Scheme
from symbolic_init.engine import derive
from symbolic_init.errors import NotIntegrableError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.render.content import cell, evidence, headline_value
from symbolic_init.render.html_page import cell_html, named_cells, plot, rich, to_html
from symbolic_init.render.latex_math import estimated_width, tex
from symbolic_init.render.mathml import mathml

__all__ = ["COLUMNS", "SITE", "Column", "Facts", "facts", "made"]

Facts = Mapping[str, Any]
"""Of one activation: texts, and entries of tables as `{"html": ..., "sort": ...}`."""


class Column(NamedTuple):
    """A column of the table of all activations.

    Attributes:
        key: In the facts.
        plain: Its name in plain text.
        tex: Its name as TeX, where it is more than words.
        words: What it is.
    """

    key: str
    plain: str
    tex: str
    words: str


_THEORY = "by the theory of the headline, the linearization at 0 where there is one"
_GAIN = "standard deviation times the root of the fan-in that keeps q = 1"
COLUMNS = (
    Column(
        "weight", "N Var(w)", r"N\operatorname{Var}(w)", "recommended: fan-in times the variance of a weight"
    ),
    Column("bias", "Var(b)", r"\operatorname{Var}(b)", "recommended variance of a bias"),
    Column("chi", "χ₁", r"\chi_1", "growth of the squared gradient per layer with these weights"),
    Column("theory", "N v²", r"N v^2", _THEORY),
    Column("gain", "gain at q = 1", "", _GAIN),
    Column("centered", "centered gain", "", "1 over the standard deviation of g(z)"),
    Column("class", "class", "", "criticality class"),
    Column("C_W", "C_W", r"C_W", "critical fan-in times the variance of a weight"),
    Column("C_b", "C_b", r"C_b", "critical variance of a bias"),
    Column("evidence", "evidence", "", "how the recommended weights are known"),
    Column("form", "E[g²]", r"\mathbb{E}[g(\sqrt{q}\,z)^2]", "closed form of the mean square"),
)
"""Columns of the table."""

SITE = (
    {"href": "../index.html", "words": "Atlas"},
    {"href": "../compare.html", "words": "Compare"},
    {"href": "../published.html", "words": "Published constants"},
)
"""Links of a page in a folder of the site."""

_SHORT_FORM = 34
"""Characters of a closed form that the table shows; a longer one is on the page of the activation."""
_LAST = 1e300
"""Where entries without a number are sorted."""


def made(entry: Entry) -> tuple[Facts, str]:
    """Return what the tables say of an activation, and its page."""
    derivation = derive(entry.name)
    page = to_html(derivation, summary=entry.summary, site=SITE)
    return facts(entry, derivation), page


def facts(entry: Entry, d: Derivation) -> Facts:
    """Return what the tables say of an activation with the default values of its parameters."""
    chosen = d.recommended
    family = next(title for title, entries in FAMILIES if entry in entries)
    second = d.moments["M"]
    activation = next((f for f in d.figures if f.id == "activation"), None)
    schemes = {s.theory: _scheme(s) for s in reversed(d.schemes) if not s.label.startswith(" ")}
    return {
        "name": entry.name,
        "summary": entry.summary,
        "family": family,
        "aliases": list(entry.aliases),
        "definition": mathml(tex(d.expression)),
        "weight": _entry(None if chosen is None else chosen.sigma_w2, none="none"),
        "bias": _entry(None if chosen is None else chosen.sigma_b2),
        "chi": _entry(None if chosen is None else chosen.chi_1),
        "theory": _entry(headline_value(d)),
        "gain": _gain(d, "length-map"),
        "centered": _gain(d, "centered"),
        **_criticality(entry),
        "evidence": _words(evidence((chosen.sigma_w2 if chosen else headline_value(d)).kind)),
        "form": _form(second.expr, second.kind),
        "schemes": schemes,
        "plot": "" if activation is None else str(plot(activation, ident=f"plot-{entry.name}")),
    }


def _entry(value: Value | None, *, none: str = "–") -> dict[str, Any]:
    """An entry and the number by which it is sorted."""
    if value is None:
        return {"html": none, "sort": _LAST}
    number = _LAST if value.definition.free_symbols or value.is_infinite else float(value)
    return {"html": str(cell_html(cell(value, digits=6))), "sort": number}


def _words(text: str) -> dict[str, Any]:
    return {"html": str(rich(text)), "sort": text}


def _gain(d: Derivation, theory: str) -> dict[str, Any]:
    """The gain of the row of a theory at q = 1, where there is one."""
    rows = [s for s in d.schemes if s.theory == theory and not s.label.startswith(" ")]
    return _entry(rows[0].gain if rows else None)


def _form(expr: Any, kind: str) -> dict[str, Any]:
    """The closed form where it is short, else whether there is one."""
    if expr is None:
        return {"html": f"none known ({kind})", "sort": "z"}
    if estimated_width(expr) <= _SHORT_FORM:
        return {"html": mathml(tex(expr)), "sort": "a"}
    return {"html": "yes, on its page", "sort": "b"}


def _criticality(entry: Entry) -> dict[str, dict[str, Any]]:
    """Class and constants of the critical point."""
    try:
        values = derive(entry.name, theory="criticality").values
    except (NotIntegrableError, UnsupportedError):
        nothing = _entry(None)
        return {"class": {"html": "none", "sort": "z none"}, "C_W": nothing, "C_b": nothing}
    point = values.get("K_star")
    if point is None:
        name, order = "scale-invariant", "a"
    elif point.definition == 0:
        name, order = mathml(r"K^{\star} = 0"), "b"
    else:
        name, order = "half-stable", "c"
    return {
        "class": {"html": name, "sort": order},
        "C_W": _entry(values["C_W"]),
        "C_b": _entry(values["C_b"]),
    }


def _scheme(scheme: Scheme) -> dict[str, Any]:
    """A row of the page of a theory."""
    return {
        "cells": [(name, str(entry)) for name, entry in named_cells(scheme)],
        "sort": _entry(scheme.sigma_w2)["sort"],
        "stable": scheme.stable,
    }
