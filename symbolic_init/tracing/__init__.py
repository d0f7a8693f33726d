"""From a user's elementwise function to an expression: what all frameworks share."""

from symbolic_init.tracing.checking import called, confirmed, differs_at, elementwise
from symbolic_init.tracing.naming import catalog_name
from symbolic_init.tracing.operations import OPERATIONS, Builder, unit
from symbolic_init.tracing.reading import read_activation
from symbolic_init.tracing.values import as_number, exact

__all__ = [
    "OPERATIONS",
    "Builder",
    "as_number",
    "called",
    "catalog_name",
    "confirmed",
    "differs_at",
    "elementwise",
    "exact",
    "read_activation",
    "unit",
]
