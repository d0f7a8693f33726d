"""The `derive` command."""

from symbolic_init.cli.commands import main

__all__ = ["main"]
