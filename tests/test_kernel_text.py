"""The dual kernel at the command line."""

import pytest
from click.testing import CliRunner
from test_latex import compiled, needs_tex, overfull

from symbolic_init import dual_kernel, hermite_coefficient, shifted_mean
from symbolic_init.cli.commands import derive_command


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(derive_command, arguments, prog_name="derive", catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize(
    "name", ["gelu", "tanh", "sign(x)", "elu", "leaky_relu(x, a)", "hard_swish", "log(Abs(x))"]
)
def test_the_kernel_of_an_activation_fits_a_terminal(name: str) -> None:
    text = shown(name, "--kernel", "--q", "1/2")
    assert "kappa = E[g(u) g(v)]" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_values_are_those_of_the_library() -> None:
    row = next(line for line in shown("gelu", "--kernel").splitlines() if line.strip().startswith("9/10"))
    assert float(row.split()[1]) == pytest.approx(float(dual_kernel("gelu").value(rho="9/10")), rel=1e-5)
    assert dual_kernel("tanh").value(rho=0) == 0
    assert float(dual_kernel("sigmoid").value(rho=0)) == 0.25


def test_public_names_answer() -> None:
    assert float(hermite_coefficient("relu", 1).value(q=4)) == 1
    assert str(shifted_mean("x**2").expr) == "mu**2 + q"


def test_the_lines_lead_to_the_form() -> None:
    text = shown("relu", "--kernel")
    assert "E[max(0, u) max(0, v)] = E[(u/2 + u sign(u)/2) (v/2 + v sign(v)/2)]" in text
    assert "orthant probability of two centered normal variables" in text
    assert "orthant" not in shown("relu", "--kernel", "--no-steps")


def test_a_series_tells_how_fast_it_converges() -> None:
    text = shown("tanh", "--kernel")
    assert "sum of a_n(q)^2 rho^n, no closed form known" in text
    assert "a_n^2 falls like exp(-2 d sqrt(n/q)), d = pi/2" in text
    assert "He_n(z)/sqrt(n!)" in text


def test_values_that_vanish_are_0() -> None:
    rows = [line.split() for line in shown("step", "--kernel", "--no-steps").splitlines()]
    assert ["-1", "0", "0"] in rows


@pytest.mark.parametrize("name", ["gelu", "tanh", "hard_swish", "Piecewise((0, x < 1), (x, True))"])
def test_latex_is_balanced(name: str) -> None:
    article, body = (shown(name, "--kernel", "--format", "latex", *more) for more in ([], ["--fragment"]))
    assert body.strip() in article
    assert body.count("{") == body.count("}")
    assert body.count("$") % 2 == 0


@pytest.mark.tex
@needs_tex
def test_latex_compiles_and_fits(tmp_path) -> None:
    latex = shown("hard_swish", "--kernel", "--format", "latex")
    assert overfull(compiled(tmp_path, latex)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("gelu", "--kernel", "--format", "json"),
        ("x*silu(y)", "--kernel", "--inputs", "x,y"),
        ("a*x", "--solve", "M=1", "--for", "a", "--format", "latex"),
    ],
)
def test_formats_that_there_are_not_are_refused(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(derive_command, arguments, prog_name="derive")
    assert result.exit_code == 2
    assert "leave out other formats" in result.output


def test_the_output_goes_to_a_file(tmp_path) -> None:
    target = tmp_path / "kernel.txt"
    assert shown("sign(x)", "--kernel", "--no-steps", "-o", str(target)) == ""
    assert "2 asin(rho)/pi" in target.read_text(encoding="utf-8")


def test_kernels_render_themselves() -> None:
    kernel = dual_kernel("erf(x)")
    assert "2 asin(2q rho/(1+2q))/pi" in kernel.to_text()
    assert "κ = E[g(u) g(v)] = 2 asin(2q ρ/(1+2q))/π" in kernel.to_text(unicode=True)
    assert r"\arcsin" in kernel.to_latex()
    assert kernel.to_latex(fragment=False).startswith(r"\documentclass")
