"""A static site of the whole catalog: a page an activation, a page a theory, tables to search and compare."""

from symbolic_init.atlas.site import Built, build

__all__ = ["Built", "build"]
