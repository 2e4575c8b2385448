"""The description of the network agrees with the network, layer by layer, for any sizes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.architecture import KERNEL, PADDING, STRIDE, Architecture, Block, architecture
from vae.decoding import FoldedDecoder
from vae.model import VAE, ModelConfig

configs = st.builds(
    ModelConfig,
    latent_dim=st.integers(1, 16),
    image_shape=st.tuples(st.integers(1, 3), st.sampled_from([4, 8, 28]), st.sampled_from([4, 12])),
    channels=st.tuples(st.integers(1, 6), st.integers(1, 6)),
)


def outputs(vae: VAE) -> dict[str, tuple[int, ...]]:
    """What every module gives for one image: its shape without the batch, by name of the module."""
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str):
        return lambda module, given, gives: found.__setitem__(name, tuple(gives.shape[1:]))

    for half in (vae.encoder, vae.decoder):
        for name, module in half.named_modules():
            if (name and "." in name) or name.startswith(("fc", "linear")):
                module.register_forward_hook(note(name))
    with torch.no_grad():
        vae(torch.zeros(1, *vae.config.image_shape), torch.zeros(1, vae.config.latent_dim))
    return found


def named(described: Architecture) -> dict[str, Block]:
    return {block.name: block for block in described.blocks}


@settings(max_examples=25)
@given(config=configs)
def test_every_layer_has_the_shape_and_the_parameters_of_the_network(config):
    vae = VAE.from_config(config)
    modules = dict(vae.encoder.named_modules()) | dict(vae.decoder.named_modules())
    gives = outputs(vae)
    described = architecture(config, with_encoder=True)
    for block in described.blocks:
        if not block.layer:
            continue
        module = modules[block.key]
        assert type(module).__name__ == block.layer
        assert module.weight.numel() == block.weights
        assert module.bias.numel() == block.biases
        if block.is_convolution:
            assert module.kernel_size == (KERNEL, KERNEL)
            assert (module.stride, module.padding) == ((STRIDE, STRIDE), (PADDING, PADDING))
            assert gives[block.key] == block.shape
            assert module.in_channels == block.inputs
            stack, _, index = block.key.partition(".")
            follows = modules[f"{stack}.{int(index) + 1}"]
            assert type(follows).__name__ == block.activation
        else:
            assert gives[block.key] == (block.size,)
            assert module.in_features == block.inputs
            assert block.activation == ""
    total = sum(parameter.numel() for parameter in vae.parameters())
    assert described.parameters() == total
    for part, half in (("encoder", vae.encoder), ("decoder", vae.decoder)):
        expected = sum(parameter.numel() for parameter in half.parameters())
        assert described.parameters(part) == expected
    assert described.parameters("latent") == 0


def test_the_default_network_has_the_sizes_that_are_known():
    described = architecture(ModelConfig(), with_encoder=True)
    blocks = named(described)
    assert list(blocks) == [
        "image",
        "conv_1",
        "conv_2",
        "mu",
        "logvar",
        "z",
        "linear",
        "deconv_1",
        "deconv_2",
    ]
    assert blocks["linear"].shape == (32, 7, 7)
    assert blocks["deconv_1"].parameters == 32 * 16 * 16 + 16
    assert described.parameters("decoder") == 19_441
    assert described.folded == 7 * 16 * 14 * 14
    assert described.has_encoder


def test_without_an_encoder_it_begins_with_z():
    described = architecture(ModelConfig(latent_dim=2), with_encoder=False)
    assert [block.name for block in described.blocks] == ["z", "linear", "deconv_1", "deconv_2"]
    assert not described.has_encoder
    assert described.parameters() == described.parameters("decoder")


@pytest.mark.parametrize("latent", [1, 6, 16])
def test_the_folded_map_has_the_numbers_that_are_told(latent):
    config = ModelConfig(latent_dim=latent, image_shape=(3, 32, 32))
    state = VAE.from_config(config).decoder.state_dict()
    affine = FoldedDecoder.from_state_dict(state).affine  # with one row and column of zeros
    hidden, inputs, _ = affine.shape
    assert architecture(config, False).folded == hidden * inputs * 16 * 16
