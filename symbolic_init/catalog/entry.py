"""What the catalog says of one activation."""

from typing import NamedTuple

__all__ = ["Entry", "Parameter"]


class Parameter(NamedTuple):
    """A parameter of an activation.

    Attributes:
        name: Its name.
        default: Its default value, as text.
        domain: Where the expression holds, as text (`lam >= 0`), or the empty string: every real.
    """

    name: str
    default: str
    domain: str = ""


class Entry(NamedTuple):
    """One activation.

    Attributes:
        name: Its name in lower case.
        expression: The activation in `x` and its parameters, in the grammar of the parser.
        summary: A few words on what it is.
        reference: Key in `references.REFERENCES`, or the empty string where it is older than the field.
        parameters: Its parameters in their order as arguments.
        aliases: Further names. The names in frameworks are found without being listed here.
        frameworks: Where frameworks have it, as dotted names.
        note: A remark, such as how frameworks differ, or the empty string.
        inputs: Its arguments before the parameters; the inputs of a gated unit are independent.
    """

    name: str
    expression: str
    summary: str
    reference: str = ""
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    note: str = ""
    inputs: tuple[str, ...] = ("x",)
