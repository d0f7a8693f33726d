"""What the catalog says of one activation."""

from typing import NamedTuple

__all__ = ["Entry", "Parameter"]


class Parameter(NamedTuple):
    """A parameter of an activation.

    Attributes:
        name: Its name.
        default: Its default value as text, or `None` where none is customary.
        domain: Where the expression holds, as text (`lam >= 0`), or the empty string: every real.
    """

    name: str
    default: str | None
    domain: str = ""


class Entry(NamedTuple):
    """One activation.

    Attributes:
        name: Its name in lower case.
        expression: The activation in `x` and its parameters, in the grammar of the parser.
        summary: One line on what it is.
        reference: Key in `references.REFERENCES`, or the empty string.
        parameters: Its parameters in their order as arguments.
        aliases: Further names, in lower case.
        frameworks: Where frameworks have it: `torch`, `jax`, `keras` and the dotted name there.
        M_1: `E[g(z)^2]` at the defaults, from an independent definition, 25 digits.
        M_9_4: `E[g(3z/2)^2]`, likewise.
        h_1: `E[g'(z)^2]` with the derivative almost everywhere, likewise.
        note: A remark, such as how frameworks differ.
    """

    name: str
    expression: str
    summary: str
    reference: str = ""
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    frameworks: tuple[tuple[str, str], ...] = ()
    M_1: str = ""
    M_9_4: str = ""
    h_1: str = ""
    note: str = ""
