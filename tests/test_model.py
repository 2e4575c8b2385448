"""The network: sizes, keys, and the mathematics of one pass."""

from __future__ import annotations

import pytest
import torch

from vae.model import VAE, Decoder, Encoder, ModelConfig, reparameterise

DEFAULT_SHAPES = {
    "decoder.linear.weight": (1568, 6),
    "decoder.linear.bias": (1568,),
    "decoder.deconv_stack.0.weight": (32, 16, 4, 4),
    "decoder.deconv_stack.0.bias": (16,),
    "decoder.deconv_stack.2.weight": (16, 1, 4, 4),
    "decoder.deconv_stack.2.bias": (1,),
    "encoder.conv_stack.0.weight": (16, 1, 4, 4),
    "encoder.conv_stack.0.bias": (16,),
    "encoder.conv_stack.2.weight": (32, 16, 4, 4),
    "encoder.conv_stack.2.bias": (32,),
    "encoder.fc_mu.weight": (6, 1568),
    "encoder.fc_mu.bias": (6,),
    "encoder.fc_logvar.weight": (6, 1568),
    "encoder.fc_logvar.bias": (6,),
}


def test_default_network_has_the_keys_and_shapes_of_the_weight_files():
    state = VAE.from_config(ModelConfig()).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == DEFAULT_SHAPES


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(latent_dim=1),
        ModelConfig(latent_dim=64, image_shape=(3, 32, 32), channels=(4, 8)),
        ModelConfig(latent_dim=2, image_shape=(1, 8, 12), channels=(3, 5)),
    ],
)
def test_one_pass_keeps_the_image_shape_for_any_size(config):
    vae = VAE.from_config(config)
    x = torch.rand(3, *config.image_shape) * 2 - 1
    x_hat, mu, logvar = vae(x, torch.zeros(3, config.latent_dim))
    assert x_hat.shape == x.shape
    assert mu.shape == logvar.shape == (3, config.latent_dim)
    assert x_hat.abs().max() <= 1


def test_decoder_is_the_three_layers_of_the_description():
    config = ModelConfig()
    decoder = Decoder(config)
    state = decoder.state_dict()
    z = torch.randn(4, 6)
    h = z @ state["linear.weight"].T + state["linear.bias"]
    h = torch.nn.functional.conv_transpose2d(
        h.reshape(4, 32, 7, 7),
        state["deconv_stack.0.weight"],
        state["deconv_stack.0.bias"],
        stride=2,
        padding=1,
    ).clamp(min=0)
    h = torch.nn.functional.conv_transpose2d(
        h, state["deconv_stack.2.weight"], state["deconv_stack.2.bias"], stride=2, padding=1
    )
    torch.testing.assert_close(decoder(z), torch.tanh(h))


def test_reparameterise_has_the_posteriors_mean_and_spread():
    mu, logvar = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 2.0]]).log()
    logvar[0, 0] = -4.0
    noise = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    z = reparameterise(mu, logvar, noise)
    torch.testing.assert_close(z.mean(0), mu[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.var(0), logvar.exp()[0], atol=0.02, rtol=0.02)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"latent_dim": 0}, "latent_dim"),
        ({"latent_dim": 65}, "latent_dim"),
        ({"latent_dim": 2.0}, "latent_dim"),
        ({"latent_dim": True}, "latent_dim"),
        ({"image_shape": (1, 30, 28)}, "multiples of 4"),
        ({"image_shape": (1, 28, 27)}, "multiples of 4"),
        ({"image_shape": (28, 28)}, "image_shape"),
        ({"image_shape": (0, 28, 28)}, "image_shape"),
        ({"channels": (16,)}, "channels"),
        ({"channels": (16, 0)}, "channels"),
    ],
)
def test_sizes_that_do_not_fit_are_named(arguments, word):
    with pytest.raises(ValueError, match=word):
        ModelConfig(**arguments)


def test_a_config_read_from_json_equals_the_original():
    assert ModelConfig(6, [1, 28, 28], [16, 32]) == ModelConfig()


def test_halves_of_different_sizes_make_no_vae():
    with pytest.raises(ValueError, match="differ in size"):
        VAE(Encoder(ModelConfig(latent_dim=2)), Decoder(ModelConfig(latent_dim=3)))
