"""The dual kernel at the command line."""

import pytest
from click.testing import CliRunner

from symbolic_init import dual_kernel, hermite_coefficient, shifted_mean
from symbolic_init.cli.commands import derive_command


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(derive_command, arguments, prog_name="derive", catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("name", ["gelu", "tanh", "sign(x)", "elu", "leaky_relu(x, a)", "sin(x)"])
def test_the_kernel_of_an_activation_fits_a_terminal(name: str) -> None:
    text = shown(name, "--kernel", "--q", "1/2")
    assert "kappa = E[g(u) g(v)]" in text
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("    g jumps"))


def test_the_values_are_those_of_the_library() -> None:
    row = next(line for line in shown("gelu", "--kernel").splitlines() if line.strip().startswith("9/10"))
    assert float(row.split()[1]) == pytest.approx(float(dual_kernel("gelu").value(rho="9/10")), rel=1e-5)
    assert dual_kernel("tanh").value(rho=0) == 0
    assert float(dual_kernel("sigmoid").value(rho=0)) == 0.25


def test_public_names_answer() -> None:
    assert float(hermite_coefficient("relu", 1).value(q=4)) == 1
    assert str(shifted_mean("x**2").expr) == "mu**2 + q"
