"""`python -m symbolic_init` is the `derive` command."""

from symbolic_init.cli import main

if __name__ == "__main__":
    main()
