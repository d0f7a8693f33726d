"""Curves to plot: right points by other means, pieces cut at jumps, nothing where nothing can be drawn."""

import math

import mpmath
import pytest

from symbolic_init import derive, from_json
from symbolic_init.meanfield.flow import Flow
from symbolic_init.meanfield.orbits import last_variance, rests


def figure(name, kind):
    return {f.id: f for f in derive(name).figures}[kind]


def curves(name, kind, label):
    return [c for c in figure(name, kind).curves if c.label == label]


def mean(f, variance):
    places = [-12, -4, -1, 0, 1, 4, 12]
    return float(mpmath.quad(lambda z: f(math.sqrt(variance) * z) * mpmath.npdf(z), places))


def test_the_activation_is_cut_at_its_breakpoints():
    left, right = curves("relu", "activation", "g'(x)")

    assert set(left.y) == {0.0}
    assert set(right.y) == {1.0}
    assert left.x[-1] <= 0 <= right.x[0]


def test_the_linearization_leaves_a_kink_to_both_sides():
    (line,) = curves("selu", "activation", "g(0) + g'(0) x")
    below, above = 1.7580993408473768, 1.0507009873554805  # klambauer2017

    assert line.x[1:2] == line.y[1:2] == (0.0,)
    assert line.y[0] == pytest.approx(below * line.x[0], rel=1e-5)
    assert line.y[2] == pytest.approx(above * line.x[2], rel=1e-5)


def test_the_length_map_is_that_of_quadrature():
    (line,) = curves("silu", "length-map", "V(q)")
    row = derive("silu").recommended

    for q, height in list(zip(line.x, line.y, strict=True))[5::25]:
        second = mean(lambda t: (t / (1 + mpmath.exp(-t))) ** 2, q)
        assert height == pytest.approx(float(row.sigma_b2) + float(row.sigma_w2) * second, rel=1e-5)


def test_every_point_on_the_edge_of_chaos_of_the_sine_is_the_exact_one():
    (edge,) = curves("sin(x)", "phases", "edge of chaos: chi_1 = 1")  # sigma_w2 = 1 + tanh q

    for weight, bias in list(zip(edge.x, edge.y, strict=True))[10:60:10]:
        q = math.atanh(weight - 1)
        assert bias == pytest.approx(q - math.tanh(q), rel=1e-3, abs=1e-6)


def test_the_unstable_part_of_the_edge_is_drawn_apart():
    assert curves("gelu", "phases", "unstable: V' > 1")  # roberts2022: below q = (3 + sqrt 17)/2


def stream(name):
    from sympy import S

    from symbolic_init.activation import activation
    from symbolic_init.engine import setting_of
    from symbolic_init.meanfield.flow import flow

    return flow(setting_of(activation(name), S.One, S.Zero)[0])


def test_fixed_points_are_found_where_they_are_known():
    found = [*rests(stream("silu"), 1.6795316**2, 0.04)]  # theory of the edge: 0.194038 and 0.6894525

    assert [p.q for p in found] == pytest.approx([0.194038, 0.6894525], rel=1e-4)
    assert found[0].V_prime < 1 < found[1].V_prime


def test_what_is_infinite_in_every_layer_has_no_figure():
    shown = derive("sign(x)*sqrt(Abs(x))").figures  # E[g'^2] is infinite

    assert {"signal"} <= {f.id for f in shown} <= {"activation", "length-map", "signal"}
    assert all(f.curves for f in shown)


def test_figures_read_back_equal():
    d = derive("gelu")

    assert from_json(d.to_json()).figures == d.figures


def test_free_parameters_have_no_figures():
    assert derive("leaky_relu(x, a)").figures == ()


def test_the_edge_begins_where_it_needs_no_bias():
    (edge,) = curves("sigmoid", "phases", "edge of chaos: chi_1 = 1")

    assert edge.x[0] == pytest.approx(103.007553855519, rel=1e-5)  # by quadrature, see published.json
    assert edge.y[0] == pytest.approx(0, abs=1e-6)
    assert edge.x[-1] < 200


def test_recommended_weights_are_a_point_of_the_phases():
    (point,) = curves("gelu", "phases", "recommended")

    assert (point.x, point.y) == ((1.98306,), (0.172922,))


def test_figures_are_for_the_inputs_and_the_width_that_are_asked_for():
    d = derive("tanh", input_second_moment=3, width=64)
    drawn = {figure.id: figure for figure in d.figures}
    band, row = drawn["signal"].curves[:2]
    (cobweb,) = (c for c in drawn["length-map"].curves if c.label == "from E[x^2] = 3")

    assert (band.label, row.y[0], cobweb.x[0]) == ("one net of width 64", 3, 3)
    assert drawn["gradient"].title.endswith("from E[x^2] = 3")


def test_a_divergent_orbit_is_not_followed_where_its_growth_is_known():
    """`E[(x - sin x)^2]` in closed form: beyond q = 1e8 the waves could not be resolved."""

    def second(q):
        asked.append(q)
        return q - 2 * q * math.exp(-q / 2) + (1 - math.exp(-2 * q)) / 2

    asked = []
    stream = Flow(means=lambda q: (second(q), 0.0, 0.0), first=lambda _: (0.0, 0.0), limit=math.inf)
    found = last_variance(stream, 4.5, 0.0, start=4.5, depth=50)

    assert max(asked) < 1e9
    expected = 4.5
    for _ in range(49):
        expected = 4.5 * second(expected)
    assert found == pytest.approx(expected, rel=1e-4)
    assert last_variance(stream, 4.5, 0.0, start=4.5, depth=2000) == math.inf
