"""Packages that only an extra of this one installs."""

from importlib import import_module

from symbolic_init.errors import MissingPackageError

__all__ = ["require"]


def require(package: str, extra: str) -> None:
    """Import a package, or say how to install it.

    Raises:
        MissingPackageError: If it is not installed.

    Examples:
        >>> require("no_such_package", "torch")
        Traceback (most recent call last):
            ...
        symbolic_init.errors.MissingPackageError: no_such_package is missing: ...
    """
    try:
        import_module(package)
    except ModuleNotFoundError as err:
        if err.name != package:
            raise
        msg = f'{package} is missing: pip install "symbolic-init[{extra}]"'
        raise MissingPackageError(msg) from err
