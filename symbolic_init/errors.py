"""The tree of errors: each says what was given, what was expected, and what to try.

SymbolicInitError
├── ParseError              the text is not an expression we read
│   └── UnknownNameError    a name that means nothing here
├── AssumptionError         assumptions contradict each other, or one is missing
├── DomainError             the activation is not real, or not defined, somewhere on the line
├── NotIntegrableError      the Gaussian mean does not exist (or only for small q)
├── UnsupportedError        a question that this release cannot answer
├── PrecisionError          the digits asked for cannot be reached
├── RecordError             a JSON record that cannot be read back
├── LimitError              the time or the memory allowed was not enough
├── MissingProgramError     a program, such as LaTeX, that is not installed
├── MissingPackageError     a package that an extra installs; also an ImportError
└── InternalError           two of our own results disagree: a bug

SymbolicInitWarning
├── EstimateWarning         a function that could not be read as an expression
└── StabilityWarning        weights with which a deep network does not keep its signal
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, final

__all__ = [
    "AssumptionError",
    "DomainError",
    "EstimateWarning",
    "InternalError",
    "LimitError",
    "MissingPackageError",
    "MissingProgramError",
    "NotIntegrableError",
    "ParseError",
    "PrecisionError",
    "RecordError",
    "StabilityWarning",
    "SymbolicInitError",
    "SymbolicInitWarning",
    "UnknownNameError",
    "UnsupportedError",
    "bounded",
]


P = ParamSpec("P")
T = TypeVar("T")


class SymbolicInitError(Exception):
    """Root of every error that this package raises on purpose."""


class ParseError(SymbolicInitError):
    """The text is not an expression of the grammar.

    Args:
        message: What is wrong and what to try.
        text: The whole text that was read, or `None`.
        position: Zero-based column of the offending place in `text`, or `None`.
    """

    def __init__(self, message: str, *, text: str | None = None, position: int | None = None) -> None:
        self.message = message
        self.text = text
        self.position = position
        super().__init__(message)

    def __str__(self) -> str:
        if self.text is None or self.position is None:
            return self.message
        start = max(0, self.position - 40)
        shown = "".join(c if c.isprintable() else " " for c in self.text[start : start + 72])
        return f"{self.message}\n  {shown}\n  {' ' * (self.position - start)}^"


@final
class UnknownNameError(ParseError):
    """A name that is neither a function, a catalog entry nor a symbol here."""


@final
class AssumptionError(SymbolicInitError):
    """Assumptions contradict each other, or the answer needs one that is missing."""


@final
class DomainError(SymbolicInitError):
    """The activation is not real, or not defined, somewhere on the real line."""


@final
class NotIntegrableError(SymbolicInitError):
    """The Gaussian mean diverges, or is finite only for a smaller variance."""


@final
class UnsupportedError(SymbolicInitError):
    """A question this release cannot answer; the message names what can be done instead."""


@final
class PrecisionError(SymbolicInitError):
    """The digits asked for cannot be reached by the method in use."""


@final
class RecordError(SymbolicInitError):
    """A JSON record that does not follow the documented schema."""


@final
class LimitError(SymbolicInitError):
    """An answer needs more time or memory than it was allowed."""


@final
class MissingPackageError(SymbolicInitError, ImportError):
    """A package that is not installed; the message is the command that installs it."""


@final
class MissingProgramError(SymbolicInitError):
    """A program that is not installed, or lacks a part; the message says what to install."""


@final
class InternalError(SymbolicInitError):
    """Two of our own results disagree: a bug, never an input error."""


class SymbolicInitWarning(UserWarning):
    """Root of every warning of this package."""


@final
class EstimateWarning(SymbolicInitWarning):
    """A function that could not be read as an expression: its means are estimates."""


@final
class StabilityWarning(SymbolicInitWarning):
    """Weights with which a deep network does not keep its signal, or not without biases."""


def bounded(compute: Callable[P, T]) -> Callable[P, T]:
    """Return a function whose inputs may be too large or have no order, which is then told as an error."""

    @wraps(compute)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return compute(*args, **kwargs)
        except OverflowError as err:
            msg = "a number is too large for double precision (1e308); try smaller ones"
            raise PrecisionError(msg) from err
        except (TypeError, ValueError) as err:
            if "compar" not in str(err):  # how SymPy says that an order was asked of what has none
                raise
            msg = "it compares numbers that are not real or not finite; narrow x or the parameters down"
            raise DomainError(msg) from err
        except RecursionError as err:
            msg = "the expression is nested too deeply to be worked out; try a simpler one"
            raise LimitError(msg) from err

    return told
