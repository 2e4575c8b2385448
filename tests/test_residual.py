"""Edits that keep the handwriting: exact where nothing is edited, without ghosts where much is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foreign import foreign_state
from vae.data import to_model_range
from vae.decoding import FoldedDecoder
from vae.guidance import Judge, Rule, guide_to
from vae.residual import DROPPED, KEPT, REACH, edited, residual_mask


@given(seed=st.integers(0, 2**16), channels=st.integers(1, 3), spread=st.sampled_from([0.0, 1, 9]))
@settings(max_examples=40, deadline=None)
def test_an_image_that_is_not_moved_stays_exactly_as_it_is(seed, channels, spread):
    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=3, image_channels=channels))
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, decoder.image_shape, np.uint8)
    mu = spread * rng.standard_normal(3)
    np.testing.assert_array_equal(edited(image, decoder, mu, mu), image)


def test_the_residual_stays_where_the_decoders_image_stays_and_goes_where_it_changes(model):
    for index in range(20):
        image, mu = model.encoded.images[index], model.encoded.mu[index]
        z = mu + np.eye(model.latent_dim)[index % model.latent_dim]
        before, after = model.decoder.decode(np.array([mu, z]))
        mask = residual_mask(after - before)
        result = edited(image, model.decoder, mu, z)
        moved = np.clip(after + to_model_range(image[None])[0] - before, -1, 1)
        whole, gone = mask == 1.0, mask == 0.0
        assert whole.any()
        assert np.abs(result[:, whole] - 127.5 * (moved + 1)[:, whole]).max() <= 0.51
        shown = model.decoder.decode_uint8(z)
        assert np.abs(result[:, gone].astype(int) - shown[:, gone].astype(int)).max(initial=0) <= 1


def test_small_edits_keep_more_of_the_handwriting_than_the_decoder_does(model):
    """Nearer to the original than the decoder's image is, by half and more."""
    rng = np.random.default_rng(0)
    shares = []
    for index in range(60):
        image, mu = model.encoded.images[index], model.encoded.mu[index]
        z = mu.copy()
        z[rng.integers(model.latent_dim)] += 0.2 * rng.choice([-1, 1])
        original = image.astype(float)
        result = edited(image, model.decoder, mu, z)
        error = np.square(result - original).sum()
        shares.append(error / np.square(model.decoder.decode_uint8(z) - original).sum())
    assert np.median(shares) < 0.25


def test_an_edit_to_another_class_is_seen_as_that_class(model):
    """No ghost of the old digit: with the whole residual most are still taken for the old one."""
    judge = Judge(model.bundle)
    results, ghosts, targets = [], [], []
    for index in range(20):
        image, mu = model.encoded.images[index], model.encoded.mu[index]
        target = int(model.encoded.labels[index] + 1 + index % 9) % 10
        walk = guide_to(judge.target(target), mu, Rule())
        if not walk.reached:
            continue
        z = walk.path[-1]
        results.append(edited(image, model.decoder, mu, z))
        before, after = model.decoder.decode(np.array([mu, z]))
        ghost = np.clip(after + to_model_range(image[None])[0] - before, -1, 1)
        ghosts.append(np.rint(127.5 * (ghost + 1)).astype(np.uint8))
        targets.append(target)
    assert len(targets) >= 18
    right = [
        (model.probabilities(np.array(images)).argmax(axis=1) == targets).mean()
        for images in (results, ghosts)
    ]
    assert right[0] >= 0.7
    assert right[1] < right[0]


def test_the_mask_falls_with_the_change_and_reaches_beyond_it():
    change = np.zeros((1, 28, 28), np.float32)
    np.testing.assert_array_equal(residual_mask(change), np.ones((28, 28)))
    previous = np.ones((28, 28))
    for size in (0.3, 0.6, 0.9, 1.2, 2.0):
        change[0, 10:18, 10:18] = size
        mask = residual_mask(change)
        assert ((mask >= 0) & (mask <= 1)).all()
        assert (mask <= previous).all()
        np.testing.assert_allclose(mask, mask.T, atol=1e-12)
        assert (mask[:4] == 1).all()
        previous = mask
    assert (mask[10 - REACH + 2 : 18 + REACH - 2, 10:18] == 0).all()
    assert mask[10 - REACH, 14] < 0.5
    np.testing.assert_array_equal(residual_mask(np.full((3, 8, 8), KEPT, np.float32)) > 0.999, True)
    np.testing.assert_array_equal(residual_mask(np.full((3, 8, 8), DROPPED + 1e-6)), 0.0)
    # The channel that changes most decides.
    colour = np.concatenate([np.zeros((2, 28, 28), np.float32), change])
    np.testing.assert_array_equal(residual_mask(colour), residual_mask(change))


def test_what_does_not_fit_is_named(model):
    image, mu = model.encoded.images[0], model.encoded.mu[0]
    with pytest.raises(ValueError, match="uint8"):
        edited(image.astype(float), model.decoder, mu, mu)
    with pytest.raises(ValueError, match="6 numbers"):
        edited(image, model.decoder, mu[:5], mu[:5])
    with pytest.raises(ValueError, match="finite"):
        edited(image, model.decoder, mu, mu * np.nan)
