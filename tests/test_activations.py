"""What is shown of the decoder's layers is what PyTorch computes in them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.foreign import ForeignDecoder, foreign_state
from vae.activations import LAYERS, LayeredDecoder, figures
from vae.decoding import FoldedDecoder

# (latent dimensions, side, image channels, wide, narrow)
SIZES = ((6, 28, 1, 32, 16), (2, 28, 1, 8, 4), (16, 32, 3, 12, 5), (1, 8, 2, 3, 1))
values = st.floats(-6, 6, width=32)


def network(latent: int, side: int, channels: int, wide: int, narrow: int) -> ForeignDecoder:
    sizes = {
        "latent": latent,
        "side": side,
        "image_channels": channels,
        "wide": wide,
        "narrow": narrow,
    }
    decoder = ForeignDecoder(**sizes)
    decoder.load_state_dict(foreign_state(**sizes))
    return decoder.eval()


def layered(decoder: ForeignDecoder) -> LayeredDecoder:
    state = {key: tensor.numpy() for key, tensor in decoder.state_dict().items()}
    return LayeredDecoder(state, FoldedDecoder.from_state_dict(state))


def hooked(decoder: ForeignDecoder, z: np.ndarray) -> dict[str, np.ndarray]:
    """What the modules of the network give, caught on the way."""
    caught: dict[str, np.ndarray] = {}
    modules = {
        "linear": decoder.linear,
        "before": decoder.deconv_stack[0],
        "hidden": decoder.deconv_stack[1],
        "image": decoder.deconv_stack[3],
    }
    hooks = [
        module.register_forward_hook(
            lambda _, given, gives, name=name: caught.__setitem__(name, gives[0].numpy())
        )
        for name, module in modules.items()
    ]
    with torch.no_grad():
        decoder(torch.from_numpy(z[None].astype(np.float32)))
    for hook in hooks:
        hook.remove()
    side = decoder.rows
    caught["linear"] = caught["linear"].reshape(decoder.wide, side, side)
    return caught


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_the_maps_are_those_of_the_network(sizes, seed):
    decoder = network(*sizes)
    z = np.random.default_rng(seed).normal(0, 2, sizes[0])
    shown = layered(decoder).activations(z)
    for name, expected in hooked(decoder, z).items():
        got = getattr(shown, name)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, atol=3e-5 * max(1.0, np.abs(expected).max()))


@given(z=arrays(np.float64, 6, elements=values))
def test_the_shipped_model_gives_the_image_that_the_window_shows(model, z):
    decoder = LayeredDecoder(model.bundle.decoder, model.decoder)
    shown = decoder.activations(z)
    np.testing.assert_allclose(shown.image, model.decoder.decode(z), atol=1e-5)
    np.testing.assert_array_equal(shown.hidden, np.maximum(shown.before, 0))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_map_is_switched_off_as_in_the_network(sizes, layer):
    decoder = network(*sizes)
    z = np.random.default_rng(1).normal(0, 1.5, sizes[0])
    layers = layered(decoder)
    shown = layers.activations(z)
    for index in range(layers.counts()[layer]):

        def off(module, given, gives, index=index):
            changed = gives.clone()
            maps = changed.view(1, -1, decoder.rows, decoder.rows) if layer == "linear" else changed
            maps[:, index] = 0.0
            return changed

        modules = dict(zip(LAYERS, (decoder.linear, *decoder.deconv_stack[:2]), strict=True))
        hook = modules[layer].register_forward_hook(off)
        with torch.no_grad():
            expected = decoder(torch.from_numpy(z[None].astype(np.float32)))[0].numpy()
        hook.remove()
        got = layers.without(shown, layer, index)
        np.testing.assert_allclose(got, expected, atol=5e-5)


def test_what_is_looked_at_is_not_changed_by_switching_off(model):
    layers = LayeredDecoder(model.bundle.decoder, model.decoder)
    shown = layers.activations(model.presets[3])
    before = {layer: shown.maps(layer).copy() for layer in LAYERS}
    for layer in LAYERS:
        layers.without(shown, layer, 0)
        np.testing.assert_array_equal(shown.maps(layer), before[layer])


def test_the_scales_hold_nearly_all_values_of_the_prior(model):
    layers = LayeredDecoder(model.bundle.decoder, model.decoder)
    points = np.random.default_rng(5).standard_normal((50, 6))
    for layer in LAYERS:
        sizes = np.abs([layers.activations(z).maps(layer) for z in points])
        assert 0.98 < (sizes <= layers.scales[layer]).mean() < 1.0


def test_a_dead_layer_has_a_scale_all_the_same():
    state = {key: 0.0 * tensor.numpy() for key, tensor in foreign_state().items()}
    layers = LayeredDecoder(state, FoldedDecoder.from_state_dict(state))
    assert all(scale > 0 for scale in layers.scales.values())
    np.testing.assert_array_equal(layers.activations(np.ones(6)).image, 0.0)


def test_how_strongly_a_map_is_on():
    found = figures(np.array([[1.0, -3.0], [0.0, 2.0]], np.float32))
    assert (found.mean, found.largest, found.on) == (1.5, 3.0, 0.5)


@pytest.mark.parametrize("z", [np.zeros(5), np.zeros((1, 6)), np.full(6, np.nan)])
def test_what_is_no_point_is_refused(model, z):
    with pytest.raises(ValueError, match="latent point"):
        LayeredDecoder(model.bundle.decoder, model.decoder).activations(z)


def test_far_away_is_decoded_as_the_window_does_it(model):
    z = np.array([1e9, 0, 0, 0, 0, 0])
    shown = LayeredDecoder(model.bundle.decoder, model.decoder).activations(z)
    assert np.isfinite(shown.before).all()
    np.testing.assert_allclose(shown.image, model.decoder.decode(z), atol=1e-4)


def test_weights_of_other_sizes_are_refused(model):
    with pytest.raises(ValueError, match="folded"):
        LayeredDecoder(
            {key: tensor.numpy() for key, tensor in foreign_state(side=32).items()}, model.decoder
        )
