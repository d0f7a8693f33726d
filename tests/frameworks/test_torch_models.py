"""Whole models of PyTorch: each layer's outputs have the variance that was predicted."""

import itertools
import math
import time

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # as everyone writes it

from symbolic_init import network_weights, padding_factors
from symbolic_init.errors import AssumptionError, SymbolicInitError
from symbolic_init.torch import initialize

pytestmark = pytest.mark.frameworks


def mlp(activations, widths):
    """Linear layers between activations; the last width belongs to a last layer without one."""
    layers = []
    for inputs, outputs, activation in zip(widths[:-1], widths[1:], (*activations, None), strict=True):
        layers += [nn.Linear(inputs, outputs), *([] if activation is None else [activation])]
    return nn.Sequential(*layers)


def plain_convolutions(padding_mode, activation=nn.ReLU, depth=20, channels=48):
    layers = []
    for k in range(depth):
        inputs = channels if k else 3
        layers += [nn.Conv2d(inputs, channels, 3, padding=1, padding_mode=padding_mode), activation()]
    return nn.Sequential(*layers)


class ResidualMlp(nn.Module):
    """Branches of two layers, and a last layer."""

    def __init__(self, width=384, depth=12):
        super().__init__()
        self.first = nn.Linear(64, width)
        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.last = nn.Linear(width, 200)

    def forward(self, u):
        h = self.first(u)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            h = h + outer(F.gelu(inner(F.gelu(h))))
        return self.last(h)


class SwiGlu(nn.Module):
    """The feed-forward block of a transformer, with its normalization and its stream."""

    def __init__(self, width=256, hidden=688):
        super().__init__()
        self.norm = nn.RMSNorm(width)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, u):
        n = self.norm(u)
        return u + self.down(F.silu(self.gate(n)) * self.up(n))


class PackedGlu(nn.Module):
    """The same with both halves in one layer."""

    def __init__(self, width=256, hidden=512):
        super().__init__()
        self.up = nn.Linear(width, 2 * hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, u):
        a, b = self.up(u).chunk(2, dim=-1)
        return self.down(a * F.gelu(b))


class Custom(nn.Module):
    """An activation that no table has."""

    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.5))

    def forward(self, u):
        return torch.where(u > 0, u * torch.sigmoid(self.beta * u), torch.tanh(u) / 2)


class Decoder(nn.Module):
    """Transposed convolutions with a stride."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(32, 64 * 16)
        self.up = nn.ConvTranspose2d(64, 48, 4, stride=2, padding=1)
        self.more = nn.ConvTranspose2d(48, 40, 3, stride=2, padding=1, output_padding=1)

    def forward(self, u):
        h = F.elu(self.first(u)).view(-1, 64, 4, 4)
        return self.more(F.elu(self.up(h)))


class Transformer(nn.Module):
    """One block, with attention."""

    def __init__(self, width=64):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 4)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, u):
        n = self.norm1(u)
        u = u + self.attention(n, n, n, need_weights=False)[0]
        return u + self.down(F.gelu(self.up(self.norm2(u))))


def draws(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def thinned_out():
    model = mlp([nn.ReLU(), nn.ReLU()], [64, 400, 500, 200])
    return model.insert(2, nn.Dropout(0.4))


def grouped():
    return nn.Sequential(
        nn.Conv2d(8, 64, 3, stride=2, groups=4),
        nn.Tanh(),
        nn.Conv2d(64, 48, 3, dilation=2, groups=2, bias=False),
        nn.Tanh(),
        nn.Conv2d(48, 96, 1),
    )


MIXED = (nn.Tanh(), nn.GELU(), nn.ReLU(), nn.Sigmoid(), nn.SELU(), nn.Softplus(), nn.SiLU(), nn.ELU())
MODELS = {
    "50 layers of GELU": (lambda: mlp([nn.GELU()] * 49, [64, *[384] * 49, 200]), (48, 64)),
    "mixed activations": (lambda: mlp(MIXED, [64, 400, 300, 500, 400, 300, 400, 300, 400, 200]), (48, 64)),
    "plain convolutions": (lambda: plain_convolutions("circular"), (2, 3, 8, 8)),
    "with zero padding": (lambda: plain_convolutions("zeros"), (2, 3, 8, 8)),
    "GELU with zero padding": (lambda: plain_convolutions("zeros", nn.GELU), (2, 3, 8, 8)),
    "residual branches": (ResidualMlp, (48, 64)),
    "SwiGLU": (SwiGlu, (48, 256)),
    "packed GEGLU": (PackedGlu, (48, 256)),
    "a custom activation": (lambda: mlp([Custom() for _ in range(9)], [64, *[384] * 9, 200]), (48, 64)),
    "dropout": (thinned_out, (200, 64)),
    "transposed convolutions": (Decoder, (8, 32)),
    "groups and strides": (grouped, (4, 8, 17, 17)),
}


def recorded(model, example):
    """The inputs and outputs of every layer, by name, from one run in training mode."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
            module.register_forward_hook(lambda _, i, o, name=name: found.update({name: (i[0], o)}))
    with torch.no_grad():
        model(example)
    return found


def columns(module, given):
    """The inputs that meet in each output of the first group of a layer: (inputs, outputs), in doubles."""
    given = given.double()
    if isinstance(module, nn.Linear):
        return given.reshape(-1, given.shape[-1]).T
    given = given[:, : module.in_channels // module.groups]
    if module.transposed:
        spread = torch.zeros(
            *given.shape[:2], *(s * (n - 1) + 1 for s, n in zip(module.stride, given.shape[2:], strict=True))
        )
        spread = spread.double()
        spread[:, :, :: module.stride[0], :: module.stride[1]] = given
        low = [
            d * (k - 1) - p
            for d, k, p in zip(module.dilation, module.kernel_size, module.padding, strict=True)
        ]
        (top, left), (down, right) = low, [b + o for b, o in zip(low, module.output_padding, strict=True)]
        padded = F.pad(spread, (left, right, top, down))
        return F.unfold(padded, module.kernel_size, dilation=module.dilation).transpose(0, 1).flatten(1)
    mode = "constant" if module.padding_mode == "zeros" else module.padding_mode
    padded = F.pad(given, module._reversed_padding_repeated_twice, mode=mode)
    unfolded = F.unfold(padded, module.kernel_size, dilation=module.dilation, stride=module.stride)
    return unfolded.transpose(0, 1).flatten(1)


def deviation(module, choice, given, outputs):
    """By how many standard errors the mean square of a layer's outputs is off, given its actual inputs.

    Given the inputs, the outputs of one unit at all places are normal with the covariance
    `C = v^2 X^T X + sigma_b^2`; units are independent.
    """
    meeting = columns(module, given)
    bias = 0.0 if module.bias is None else choice.bias_variance
    root = torch.cat(
        [math.sqrt(choice.weight_variance) * meeting, math.sqrt(bias) * torch.ones_like(meeting[:1])]
    )
    places = meeting.shape[1]
    expected = root.square().sum() / places
    gram = root @ root.T if root.shape[0] < places else root.T @ root
    units = outputs.shape[-1] if isinstance(module, nn.Linear) else module.out_channels // module.groups
    own = outputs.double() if isinstance(module, nn.Linear) else outputs.double()[:, :units]
    error = math.sqrt(2 * gram.square().sum() / units) / places
    return float((own.square().mean() - expected) / error)


@pytest.mark.parametrize("name", MODELS)
def test_each_layer_has_the_variance_that_its_inputs_predict(name):
    build, shape = MODELS[name]
    model, example = build(), draws(*shape)
    plan = initialize(model, example, generator=torch.Generator().manual_seed(7), verbose=False)
    found = recorded(model, example)
    modules = dict(model.named_modules())
    off = [deviation(modules[c.name], c, *found[c.name]) for c in plan.choices]

    assert {c.name for c in plan.choices} == set(found)
    assert max(map(abs, off)) < 5
    assert abs(sum(off)) / math.sqrt(len(off)) < 5  # a small error in every layer
    assert not plan.notes


@pytest.mark.parametrize(
    "name",
    [
        "mixed activations",
        "SwiGLU",
        "packed GEGLU",
        "residual branches",
        "transposed convolutions",
        "groups and strides",
    ],
)
def test_the_predicted_variances_are_those_of_many_draws(name):
    build, shape = MODELS[name]
    model, example = build(), draws(*shape)
    totals, runs = {}, 12
    for seed in range(runs):
        plan = initialize(model, example, generator=torch.Generator().manual_seed(seed), verbose=False)
        for layer, (_, outputs) in recorded(model, example).items():
            totals.setdefault(layer, []).append(float(outputs.double().square().mean()))

    for choice in plan.choices:
        values = torch.tensor(totals[choice.name], dtype=torch.float64)
        error = float(values.std()) / math.sqrt(runs)

        assert abs(float(values.mean()) - choice.output_variance) < 5 * error + 0.02 * choice.output_variance


def test_the_numbers_are_the_derived_ones():
    plan = initialize(mlp([nn.GELU()] * 49, [64, *[64] * 49, 10]), verbose=False)
    first, *inner, last = plan.choices

    assert (first.sigma_w2, first.bias_variance) == pytest.approx((3.388630, 0.172922), abs=1e-6)
    assert all((c.sigma_w2, c.bias_variance) == pytest.approx((1.983058, 0.172922), abs=1e-6) for c in inner)
    assert all(c.output_variance == pytest.approx((3 + math.sqrt(17)) / 2) for c in (first, *inner))
    assert (last.output_variance, last.bias_variance) == (pytest.approx(1), 0)
    assert [c.fed_by for c in plan.choices[:2]] == ["input", "gelu"]


def test_a_model_gets_what_the_command_line_says():
    sizes, names = [64, 40, 30, 50, 20], ["tanh", "tanh", "gelu"]
    model = mlp([nn.Tanh(), nn.Tanh(), nn.GELU()], sizes)
    parts = [f"dense {a} {b}" for a, b in itertools.pairwise(sizes)]
    given = [p for pair in zip(parts, names, strict=False) for p in pair] + parts[-1:]
    expected = network_weights(given, input_second_moment=4)
    found = initialize(model, 2 * torch.ones(3, 64), dry_run=True, verbose=False).choices

    assert [c.weight_variance for c in found] == pytest.approx([layer.variance for layer in expected])
    assert [c.bias_variance for c in found] == pytest.approx([layer.sigma_b2 for layer in expected])
    assert [c.output_variance for c in found] == pytest.approx([layer.q for layer in expected])


def test_borders_are_predicted_exactly():
    plan = initialize(plain_convolutions("zeros"), torch.ones(1, 3, 8, 8), dry_run=True, verbose=False)
    kept = padding_factors((8, 8), kernel=(3, 3), depth=20)

    assert [c.output_variance / 2 for c in plan.choices] == pytest.approx([float(f) for f in kept])


def test_without_the_size_of_the_images_borders_do_not_count():
    plan = initialize(plain_convolutions("zeros"), dry_run=True, verbose=False)

    assert [c.output_variance for c in plan.choices] == pytest.approx([2.0] * 20)


def test_the_data_count_in_the_first_layer():
    model = mlp([nn.Sigmoid()], [300, 200, 10])
    plan = initialize(model, 5 * torch.ones(4, 300), dry_run=True, verbose=False)

    assert plan.choices[0].sigma_w2 == pytest.approx(45.62427779737971 / 25)
    assert plan.choices[0].second_moment == pytest.approx(25)


def test_branches_share_out_the_stream():
    plan = initialize(ResidualMlp(), verbose=False, dry_run=True)
    added = [c for c in plan.choices if c.name.startswith("outer")]
    streams = [plan.choices[0].output_variance * (1 + 1 / 12) ** k for k in range(12)]

    assert [c.output_variance for c in added] == pytest.approx([s / 12 for s in streams])
    assert all(c.feeds == "residual sum" for c in added)


def test_dropout_counts_in_training():
    build, _ = MODELS["dropout"]
    plan = initialize(build(), verbose=False, dry_run=True)

    assert [c.sigma_w2 for c in plan.choices] == pytest.approx([2, 2 * 0.6, 1])


def test_after_a_normalization_the_scale_does_not_matter():
    model = nn.Sequential(nn.Linear(30, 40, bias=False), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 10))
    plan = initialize(model, verbose=False, dry_run=True)

    assert "scale does not matter" in plan.choices[0].why
    assert plan.choices[1].second_moment == pytest.approx(0.5)  # relu of a variance of 1


def test_what_is_not_covered_is_named(capsys):
    model = Transformer()
    before = model.attention.in_proj_weight.clone()
    plan = initialize(model)
    shown = capsys.readouterr().out

    assert "not covered: attention (MultiheadAttention)" in " ".join(shown.split())
    assert torch.equal(model.attention.in_proj_weight, before)
    assert [c.name for c in plan.choices] == ["up", "down"]
    assert max(map(len, shown.splitlines())) <= 80


class Branching(nn.Module):
    """A model whose course depends on its input."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(10, 30), nn.ReLU(), nn.Linear(30, 5)

    def forward(self, u):
        h = self.act(self.first(u))
        return self.last(h) if h.sum() > 0 else self.last(-h)


def test_what_cannot_be_followed_is_taken_in_order_and_told():
    plan = initialize(Branching(), draws(4, 10), verbose=False, dry_run=True)

    assert [(c.name, c.fed_by, c.feeds) for c in plan.choices] == [
        ("first", "input", "relu"),
        ("last", "relu", "output"),
    ]
    assert "in which they are called" in plan.notes[0]


def test_a_dry_run_changes_nothing():
    model = plain_convolutions("zeros", depth=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    initialize(model, draws(1, 3, 8, 8), True, verbose=False)

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_same_generator_gives_the_same_weights():
    one, two = (SwiGlu() for _ in range(2))
    for model in (one, two):
        initialize(model, generator=torch.Generator().manual_seed(5), verbose=False)

    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_nothing_but_weights_and_biases_is_touched():
    model = nn.Sequential(nn.Linear(10, 20), nn.BatchNorm1d(20), nn.PReLU(), nn.Linear(20, 5)).train()
    before = {n: v.clone() for n, v in model.state_dict().items() if not n.startswith(("0.", "3."))}
    initialize(model, draws(8, 10), verbose=False)

    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    assert all(m.training for m in model.modules())


@pytest.mark.parametrize("distribution", ["uniform", "orthogonal", "trunc_normal"])
def test_distributions(distribution):
    model = mlp([nn.ReLU()], [200, 400, 300])
    initialize(model, distribution=distribution, verbose=False, generator=torch.Generator().manual_seed(2))

    assert 400 * model[2].weight.detach().double().square().mean() == pytest.approx(1, rel=0.02)


def test_a_layer_without_a_bias_keeps_its_variance_with_weights_alone():
    model = nn.Sequential(nn.Linear(30, 40, bias=False), nn.GELU(), nn.Linear(40, 40, bias=False), nn.GELU())
    plan = initialize(model, verbose=False, dry_run=True)

    assert [c.bias_variance for c in plan.choices] == [0, 0]
    assert [c.output_variance for c in plan.choices] == pytest.approx([(3 + math.sqrt(17)) / 2] * 2)
    assert "no bias to draw" in plan.choices[1].why


def test_models_without_layers_or_shapes_are_errors():
    with pytest.raises(AssumptionError, match="no linear layer"):
        initialize(nn.Sequential(nn.ReLU()))
    with pytest.raises(AssumptionError, match="lazy"):
        initialize(nn.Sequential(nn.LazyLinear(3)))


def test_a_layer_that_is_used_twice_is_chosen_once():
    shared = nn.Linear(50, 50)
    plan = initialize(nn.Sequential(shared, nn.ReLU(), shared, nn.ReLU()), verbose=False, dry_run=True)

    assert [c.name for c in plan.choices] == ["0"]


class Sums(nn.Module):
    """Two layers that feed one activation, and a number with a default."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.last = nn.Linear(20, 300), nn.Linear(30, 300), nn.Linear(300, 200)

    def forward(self, u, v, factor=2.0):
        return self.last(torch.tanh(self.one(u) + self.two(v)) * factor)


def test_layers_that_are_added_share_the_variance():
    plan = initialize(Sums(), (draws(8, 20), 3 * draws(8, 30)), verbose=False, dry_run=True)
    one, two, last = plan.choices

    assert (one.feeds, last.fed_by) == ("tanh", "2*tanh(x)") or (one.feeds, last.fed_by) == ("2*tanh(x)",) * 2
    assert one.output_variance == two.output_variance == pytest.approx(0.125)  # 1/4 together: g'(0) = 2
    assert two.second_moment == pytest.approx(9, rel=0.3)


class Wide(nn.Linear):
    """A layer of the user's own."""


class Gained(nn.Module):
    """A gain of its own for every channel, not all the same."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.linspace(0.5, 1.5, 300))
        self.first, self.last = Wide(64, 300), nn.Linear(300, 200)

    def forward(self, u):
        return self.last(self.gain * F.relu(self.first(u)))


def test_gains_of_channels_count_by_their_mean_square():
    model = Gained()
    plan = initialize(model, draws(48, 64), verbose=False)
    square = float(model.gain.detach().double().square().mean())

    assert [c.name for c in plan.choices] == ["first", "last"]
    assert plan.choices[1].second_moment == pytest.approx(plan.choices[0].output_variance / 2 * square)


def test_parametrized_weights_are_set():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(400, 300))
    initialize(nn.Sequential(layer, nn.ReLU()), verbose=False)

    assert 400 * layer.weight.detach().double().square().mean() == pytest.approx(2, rel=0.02)


@pytest.mark.filterwarnings("ignore::FutureWarning:torch")
def test_weights_that_cannot_be_set_are_named():
    layer = nn.utils.weight_norm(nn.Linear(40, 30))
    plan = initialize(nn.Sequential(layer, nn.ReLU(), nn.Linear(30, 2)), verbose=False)

    assert [c.name for c in plan.choices] == ["2"]
    assert "not covered: 0" in plan.notes[0]


def test_a_residual_network_with_normalizations_is_followed():
    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.norm1, self.norm2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
            self.skip = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            self.act = nn.ReLU(inplace=True)

        def forward(self, u):
            h = self.norm2(self.conv2(self.act(self.norm1(self.conv1(u)))))
            h += self.skip(u)
            return self.act(h)

    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)]
    model = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), Block(16, 16, 1), Block(16, 32, 2), *head)
    plan = initialize(model, draws(2, 3, 16, 16), verbose=False)

    assert [c.feeds for c in plan.choices if "conv" in c.name] == ["norm"] * 4
    assert plan.choices[-1].output_variance == pytest.approx(1)
    assert any("AdaptiveAvgPool2d" in note for note in plan.notes)


class Maxout(nn.Module):
    """The larger of two layers: a function of two signals that is no sum of products."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.last = nn.Linear(64, 300), nn.Linear(64, 300), nn.Linear(300, 200)

    def forward(self, u):
        return self.last(torch.maximum(self.one(u), self.two(u)))


def test_functions_that_mix_signals_are_named():
    plan = initialize(Maxout(), verbose=False)

    assert [c.name for c in plan.choices] == ["one", "two", "last"]
    assert any("mix signals" in note for note in plan.notes)


def test_inputs_without_size_are_an_error():
    with pytest.raises(AssumptionError, match=r"second moment of its inputs \(input\) is .*give another"):
        initialize(nn.Sequential(nn.Linear(8, 4)), torch.zeros(2, 8), verbose=False)


def feeds(plan):
    return [(c.name, c.fed_by, c.feeds) for c in plan.choices]


def test_slopes_of_channels_count_by_their_mean_square():
    model = mlp([nn.PReLU(400), nn.PReLU(300)], [64, 400, 300, 200])
    with torch.no_grad():
        model[1].weight.copy_(torch.linspace(0, 1, 400))
    plan = initialize(model, draws(48, 64), verbose=False)
    square = float(model[1].weight.detach().double().square().mean())

    assert plan.choices[1].second_moment == pytest.approx(plan.choices[0].output_variance * (1 + square) / 2)
    assert plan.choices[1].feeds == "prelu"
    assert not plan.notes


def test_random_slopes_count_by_their_mean_square():
    model = mlp([nn.RReLU(0.2, 0.6)], [64, 400, 200])
    plan = initialize(model, draws(48, 64), verbose=False)
    outputs = recorded(model, draws(48, 64))["2"][1]

    assert plan.choices[1].second_moment / plan.choices[0].output_variance == pytest.approx(
        (1 + 0.52 / 3) / 2  # E[a^2] of a uniform a
    )
    assert outputs.square().mean() == pytest.approx(1, rel=0.2)


class Options(nn.Module):
    """Arguments with defaults that decide what is computed."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(10, 30), nn.Linear(30, 5)

    def forward(self, u, mask=None, kind="relu", is_deep=False):
        h = F.relu(self.first(u)) if kind == "relu" else torch.tanh(self.first(u))
        h = h if mask is None else h * mask
        return torch.sigmoid(self.last(h)) if is_deep else self.last(h)


def test_defaults_decide_what_is_computed():
    plan = initialize(Options(), draws(4, 10), verbose=False, dry_run=True)

    assert feeds(plan) == [("first", "input", "relu"), ("last", "relu", "output")]
    assert not plan.notes


def test_what_cannot_be_followed_is_taken_as_it_is_called():
    class Called(Branching):
        def __init__(self):
            super().__init__()
            self.act = self._modules.pop("act")  # defined behind the layers

    plan = initialize(Called(), draws(4, 10), verbose=False, dry_run=True)
    unknown = initialize(Called(), verbose=False, dry_run=True)

    assert feeds(plan) == [("first", "input", "relu"), ("last", "relu", "output")]
    assert "in which they are called" in plan.notes[0]
    assert feeds(unknown)[0] == ("first", "input", "layer")
    assert "of definition" in unknown.notes[0]


def test_a_lone_layer_and_a_wrapped_model_are_models():
    model = nn.DataParallel(mlp([nn.ReLU()], [10, 20, 5]))

    assert feeds(initialize(nn.Linear(10, 5), verbose=False)) == [("0", "input", "output")]
    assert feeds(initialize(model, verbose=False)) == [("0", "input", "relu"), ("2", "relu", "output")]


def test_weights_shared_with_something_else_are_left_as_they_are():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.hidden = nn.Embedding(50, 32), nn.Linear(32, 32)
            self.out = nn.Linear(32, 50, bias=False)
            self.out.weight = self.table.weight

        def forward(self, u):
            return self.out(torch.tanh(self.hidden(self.table(u))))

    model = Tied()
    before = model.table.weight.clone()
    plan = initialize(model, torch.arange(5), verbose=False)

    assert [c.name for c in plan.choices] == ["hidden"]
    assert torch.equal(model.table.weight, before)
    assert any("that of table too" in note for note in plan.notes)


def test_layers_that_share_a_weight_are_chosen_once():
    model = mlp([nn.ReLU(), nn.ReLU()], [32, 32, 32, 5])
    model[2].weight = model[0].weight

    assert [c.name for c in initialize(model, verbose=False).choices] == ["0", "4"]


def test_a_parametrization_that_changes_what_is_set_is_named():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(40, 30))
    plan = initialize(nn.Sequential(layer, nn.ReLU(), nn.Linear(30, 2)), verbose=False)

    assert [c.name for c in plan.choices] == ["2"]
    assert any("a parametrization changes it" in note for note in plan.notes)


def test_every_input_of_what_is_not_covered_feeds_it():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v = (nn.Linear(32, 32) for _ in range(3))

        def forward(self, u):
            return F.scaled_dot_product_attention(self.q(u), self.k(u), self.v(u))

    plan = initialize(Attention(), draws(2, 5, 32), verbose=False, dry_run=True)

    assert [c.feeds for c in plan.choices] == ["not covered"] * 3


class Highway(nn.Module):
    """Gates that mix each layer with the one before."""

    def __init__(self, width=32):
        super().__init__()
        self.gate, self.new = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, u):
        share = torch.sigmoid(self.gate(u))
        return share * F.relu(self.new(u)) + (1 - share) * u


def test_many_gates_take_no_time():
    start = time.process_time()
    plan = initialize(nn.Sequential(*(Highway() for _ in range(12))), verbose=False, dry_run=True)

    assert len(plan.choices) == 24
    assert all(0.1 < c.output_variance < 10 for c in plan.choices)
    assert time.process_time() - start < 20


def test_long_expressions_are_told_below_the_table(capsys):
    initialize(mlp([Custom(), Custom()], [10, 20, 20, 5]))
    shown = capsys.readouterr().out

    assert "\n1                    g1            g1 " not in shown
    assert "2                    g1            g1 " in shown
    assert "\ng1: Piecewise(" in shown


def test_what_grows_too_fast_is_told():
    class Explosive(nn.Module):
        def forward(self, u):
            return torch.exp(u**2)

    with pytest.raises(AssumptionError, match=r"\(exp\(x\*\*2\)\) is inf; normal inputs are too large"):
        initialize(mlp([Explosive()], [10, 20, 5]), verbose=False)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_models_in_which_nothing_can_be_set_are_errors():
    with pytest.raises(SymbolicInitError, match="nothing of the model can be initialized: not covered"):
        initialize(nn.TransformerEncoderLayer(32, 4, 64), draws(2, 5, 32), verbose=False)
    with pytest.raises(SymbolicInitError, match=r"before torch\.jit\.script"):
        initialize(torch.jit.trace(nn.Linear(3, 2), draws(1, 3)), verbose=False)
