"""The command group: what names no command is an expression, also with a leading minus."""

import re
from itertools import islice

import click
from click.shell_completion import CompletionItem

__all__ = ["DEFAULT", "DefaultGroup", "ExpressionCommand", "complete_activation"]

DEFAULT = "expression"
"""Name of the command that runs when no other is named."""
_LONG_OPTION = re.compile(r"--[a-z][a-z-]*(=.*)?", re.DOTALL)
_CLEAR = re.compile(r"-\s*[\d.]|.*([()*/+\s]|\bx\b)", re.DOTALL)
"""What no option has and an expression has: brackets, operators, a leading digit, the variable `x`."""


def _is_expression(word: str, known: frozenset[str]) -> bool:
    """Tell whether a word that is not the value of an option is an expression: `-x`, `-log(1+exp(x))`."""
    if not word.startswith("-") or word == "-":
        return True
    if word.partition("=")[0] in known or word[:2] in known or _LONG_OPTION.fullmatch(word):
        return False
    return bool(_CLEAR.match(word))


def _expressions_last(args: list[str], params: list[click.Parameter]) -> list[str]:
    """Move what is clearly an expression behind `--`, where a leading minus is harmless."""
    options = [p for p in params if isinstance(p, click.Option)]
    known = frozenset(name for p in options for name in (*p.opts, *p.secondary_opts))
    takes_value = frozenset(name for p in options if not p.is_flag for name in p.opts)
    rest: list[str] = []
    expressions: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            expressions.extend(words)
        elif _is_expression(word, known):
            expressions.append(word)
        else:
            rest.append(word)
            if word in takes_value:
                rest.extend(islice(words, 1))
    return [*rest, "--", *expressions]


class ExpressionCommand(click.Command):
    """A command whose arguments may begin with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read options, and take the rest for expressions."""
        return super().parse_args(ctx, _expressions_last(args, self.get_params(ctx)))


class DefaultGroup(click.Group):
    """A group that hands everything that names no command to the default one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the default command where none is named."""
        if args and args[0] not in (*self.commands, "--help", "--version", "--cite"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The usage line: an expression, or a command."""
        return ["[OPTIONS] EXPRESSION | COMMAND [ARGS]..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of the default command as well."""
        default = self.commands[DEFAULT]
        rows = [
            p.get_help_record(ctx)
            for p in (*default.params, *self.get_params(ctx))
            if isinstance(p, click.Option)
        ]
        with formatter.section("Options"):
            formatter.write_dl([row for row in rows if row is not None])
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, options and catalog names."""
        if incomplete.startswith("-"):
            default = self.commands[DEFAULT]
            return [*default.shell_complete(ctx, incomplete), *super().shell_complete(ctx, incomplete)]
        return [*super().shell_complete(ctx, incomplete), *complete_activation(ctx, None, incomplete)]


def complete_activation(
    ctx: click.Context,  # noqa: ARG001  # click's signature
    param: click.Parameter | None,  # noqa: ARG001  # click's signature
    incomplete: str,
) -> list[CompletionItem]:
    """Catalog names that begin as the word does."""
    from symbolic_init.catalog import names

    return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
