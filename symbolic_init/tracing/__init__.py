"""From a user's elementwise function to an expression: what all frameworks share."""

from symbolic_init.tracing.checking import confirmed, differs_at
from symbolic_init.tracing.naming import catalog_name
from symbolic_init.tracing.operations import OPERATIONS, Builder, unit
from symbolic_init.tracing.values import as_number, exact

__all__ = ["OPERATIONS", "Builder", "as_number", "catalog_name", "confirmed", "differs_at", "exact", "unit"]
