"""The answer to one request: a line of JSON that holds a derivation or an error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symbolic_init import __version__
from symbolic_init.errors import SymbolicInitError

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation

__all__ = ["FAILURE_SCHEMA", "Answer", "answer_line", "failure_line"]

FAILURE_SCHEMA = "symbolic_init/failure/1"
"""Name and version of the schema of an error; `docs/json-schema.md` describes it."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        line: The record: one line of JSON, without the newline.

    Examples:
        >>> from symbolic_init.errors import ParseError
        >>> Answer(failure_line({"expression": "1 +"}, ParseError("it ends too early"))).error
        'it ends too early'
    """

    line: str

    @property
    def record(self) -> Mapping[str, Any]:
        """The record as an object; `docs/json-schema.md` names its fields."""
        found: Mapping[str, Any] = json.loads(self.line)
        return found

    @property
    def request(self) -> Mapping[str, Any]:
        """What was asked for: `expression`, and the options that were given."""
        found: Mapping[str, Any] = self.record["request"]
        return found

    @property
    def error(self) -> str:
        """Why there is no derivation, or the empty string."""
        return str(self.record["error"])

    @property
    def error_type(self) -> str:
        """The class of the error, such as `"ParseError"`, or the empty string."""
        return str(self.record.get("error_type", ""))

    @property
    def derivation(self) -> "Derivation | None":
        """The derivation, or `None` where there is an error."""
        if self.error:
            return None
        from symbolic_init.records import from_json

        return from_json(self.line)


def answer_line(request: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Return the line for a derivation whose record is given."""
    schema = {"schema": record["schema"]}
    return _line({**schema, "request": request, "version": __version__, "error": "", **record})


def failure_line(request: Mapping[str, Any], error: SymbolicInitError) -> str:
    """Return the line for an error."""
    told = {"error": str(error) or "no reason was given", "error_type": type(error).__name__}
    return _line({"schema": FAILURE_SCHEMA, "request": request, "version": __version__, **told})


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, allow_nan=False)
