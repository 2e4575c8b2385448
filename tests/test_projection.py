"""Projection: the mode of the posterior, never worse than where it started."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foreign import ForeignDecoder, foreign_state
from vae.decoding import FoldedDecoder
from vae.projection import JITTER, RATE, SAME, SEARCHED, objective, project, starts_for

DIGITS = (3, 17, 291, 1504, 7777)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def projections(model):
    """From the encoder's mean, of DIGITS."""
    found = []
    for index in DIGITS:
        starts = starts_for(
            model.decoder, model.encoded.images[index], model.encoded.mu[index], rng(index)
        )
        found.append(project(model.decoder, model.encoded.images[index], starts))
    return found


def test_the_objective_is_that_of_the_unfolded_network(model):
    """Squared error in the network's range and |z|^2 / 2, written out with torch."""
    state = foreign_state(latent=4, image_channels=3)
    network = ForeignDecoder(latent=4, image_channels=3)
    network.load_state_dict(state)
    image = rng().integers(0, 256, (3, 28, 28), np.uint8)
    z = rng(1).standard_normal((5, 4))
    known = rng(2).random((28, 28)) < 0.4
    with torch.no_grad():
        x_hat = network(torch.tensor(z, dtype=torch.float32)).double().numpy()
    squares = (x_hat - (image / 127.5 - 1.0)) ** 2
    decoder = FoldedDecoder.from_state_dict(state)
    for mask, expected in (
        (None, squares.sum(axis=(1, 2, 3))),
        (known, squares[:, :, known].sum(axis=(1, 2))),
    ):
        total, sse = objective(decoder, z, image, mask)
        np.testing.assert_allclose(sse, expected, rtol=1e-4)
        np.testing.assert_allclose(total, expected + 0.5 * (z**2).sum(axis=1), rtol=1e-4)


def test_the_end_is_never_worse_than_any_start_and_the_figures_are_those_at_it(model, projections):
    for index, found in zip(DIGITS, projections, strict=True):
        image = model.encoded.images[index]
        np.testing.assert_allclose(
            objective(model.decoder, found.starts, image)[0], found.start_objectives, rtol=1e-5
        )
        np.testing.assert_allclose(
            objective(model.decoder, found.ends, image)[0], found.end_objectives, rtol=1e-5
        )
        assert (found.end_objectives <= found.start_objectives).all()
        assert found.objective == found.end_objectives.min()
        assert found.objective == pytest.approx(found.sse + found.prior)
        assert found.gain > 0
        np.testing.assert_array_equal(found.starts[0], model.encoded.mu[index])
        np.testing.assert_array_equal(found.path[0], found.starts[found.best])
        assert found.curve[0] == found.start_objectives[found.best]
        assert found.curve.min() == found.objective
        assert len(found.curve) == len(found.path)
        assert 1 <= found.agreeing <= len(found.starts)
        assert found.converged


def test_the_end_is_a_minimum(model, projections):
    """No direction leads down from it: by the gradient where there is one, and by trying."""
    for index, found in zip(DIGITS, projections, strict=True):
        image = model.encoded.images[index]
        for reach in (0.003, 0.03, 0.3):
            around = found.z + reach * rng(1).standard_normal((500, model.latent_dim))
            assert objective(model.decoder, around, image)[0].min() > found.objective - 0.01


def test_the_steps_are_those_of_torchs_adam():
    """Along a cosine to zero, from a gradient of the unfolded network; every step of two starts."""
    state, steps = foreign_state(latent=4), 30
    network = ForeignDecoder(latent=4)
    network.load_state_dict(state)
    network.double().requires_grad_(False)
    image = rng().integers(0, 256, (1, 28, 28), np.uint8)
    starts = rng(1).standard_normal((2, 4))
    x = torch.tensor(image / 127.5 - 1.0)
    z = torch.tensor(starts, requires_grad=True)
    optimizer = torch.optim.Adam([z], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    path, curve = [], []
    for _ in range(steps + 1):
        values = (network(z) - x).square().sum(dim=(1, 2, 3)) + 0.5 * z.square().sum(dim=1)
        path.append(z.detach().numpy().copy())
        curve.append(values.detach().numpy())
        optimizer.zero_grad()
        values.sum().backward()
        optimizer.step()
        schedule.step()
    found = project(FoldedDecoder.from_state_dict(state), image, starts, steps=steps)
    np.testing.assert_allclose(found.path, np.array(path)[:, found.best], atol=1e-3)
    np.testing.assert_allclose(found.curve, np.array(curve)[:, found.best], rtol=1e-5)


def test_few_steps_are_not_enough_though_the_last_of_them_are_small(model, projections):
    for index, long in zip(DIGITS, projections, strict=True):
        image, mu = model.encoded.images[index], model.encoded.mu[index]
        far = project(model.decoder, image, mu[None] + 1.5, steps=50)
        assert far.objective > long.objective + 1.0
        assert not far.converged
        # Close to the end a Newton step says how far it is, and takes one there.
        near = project(model.decoder, image, long.z[None] + 0.02, steps=1)
        assert 0 <= near.remaining < 10 * (near.objective - long.objective + SAME)


def test_what_remains_is_exact_where_the_objective_is_quadratic(model):
    """Nothing known: |z|^2 / 2 alone, all of which a Newton step takes away."""
    nothing = np.zeros((28, 28), bool)
    z = np.full((1, 6), 2.0)
    found = project(model.decoder, model.encoded.images[0], z, known=nothing, steps=1)
    assert found.remaining == pytest.approx(found.prior)
    assert not found.converged


def test_the_gain_is_over_the_first_start(model):
    image, mu = model.encoded.images[3], model.encoded.mu[3]
    starts = np.stack([mu + 1.5, mu])
    found = project(model.decoder, image, starts, steps=20)
    values = objective(model.decoder, starts, image)[0]
    assert found.gain == pytest.approx(values[0] - found.objective)
    assert values[0] > values[1] + 1.0


def test_starts_with_an_encoder_lie_around_its_mean(model):
    mu = np.arange(6.0)
    starts = starts_for(model.decoder, model.encoded.images[0], mu, rng(), 4000)
    np.testing.assert_array_equal(starts[0], mu)
    np.testing.assert_allclose(starts.mean(axis=0), mu, atol=0.04)
    np.testing.assert_allclose(starts.std(axis=0), JITTER, rtol=0.05)


def test_the_posterior_mode_of_a_plane_is_where_a_dense_grid_has_it():
    """Two dimensions, all of the prior looked at; the starts come from prior samples."""
    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=2, gain=3.0))
    image = decoder.decode_uint8(np.array([0.7, -1.1]))
    image = np.clip(image + rng().normal(0, 60, image.shape), 0, 255).astype(np.uint8)
    axis = np.linspace(-4, 4, 161)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    for known in (None, np.arange(784).reshape(28, 28) < 300):
        values = objective(decoder, grid, image, known)[0]
        starts = starts_for(decoder, image, None, rng(), known=known)
        found = project(decoder, image, starts, known=known)
        assert found.objective <= values.min()
        np.testing.assert_allclose(found.z, grid[values.argmin()], atol=0.05)


def test_without_an_encoder_the_same_optimum_is_found_almost_always(model):
    """The figures of 200 digits are printed by benchmarks/projection.py."""
    objectives, apart = [], []
    for index in range(20):
        image = model.encoded.images[index]
        ends = [
            project(model.decoder, image, starts_for(model.decoder, image, mu, rng(index)))
            for mu in (model.encoded.mu[index], None)
        ]
        objectives.append([end.objective for end in ends])
        apart.append(np.linalg.norm(ends[0].z - ends[1].z))
    worse = np.diff(objectives, axis=1)[:, 0]
    assert (np.abs(worse) <= SAME).sum() >= 18
    assert worse.max() < 1.0
    assert np.median(apart) < 0.02


def test_starts_without_an_encoder_are_the_best_of_many(model):
    image = model.encoded.images[5]
    starts = starts_for(model.decoder, image, None, rng(4), 6)
    drawn = rng(4).standard_normal((SEARCHED, model.latent_dim))
    values = objective(model.decoder, drawn, image)[0]
    np.testing.assert_array_equal(starts, drawn[np.argsort(values)[:6]])


def test_pixels_that_are_not_known_do_not_count(model):
    image = model.encoded.images[12].copy()
    known = np.zeros((28, 28), bool)
    known[:14] = True
    starts = starts_for(model.decoder, image, None, rng(), known=known)
    found = project(model.decoder, image, starts, known=known)
    image[:, 14:] = 255
    again = project(model.decoder, image, starts, known=known)
    np.testing.assert_array_equal(again.z, found.z)
    whole = project(model.decoder, image, starts)
    assert not np.allclose(whole.z, found.z, atol=0.1)
    # Nothing known: the prior alone, whose mode is the origin.
    nothing = project(model.decoder, image, starts, known=np.zeros((28, 28), bool))
    np.testing.assert_allclose(nothing.z, 0.0, atol=1e-3)


@given(seed=st.integers(0, 2**16), latent=st.integers(1, 9), channels=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_the_image_of_a_point_is_explained_at_least_as_well_as_by_the_point(seed, latent, channels):
    decoder = FoldedDecoder.from_state_dict(
        foreign_state(seed=seed, latent=latent, image_channels=channels)
    )
    z = rng(seed).standard_normal((3, latent))
    image = decoder.decode_uint8(z[0])
    found = project(decoder, image, z, steps=20)
    assert found.objective <= 0.5 * (z[0] ** 2).sum() + 0.01 * channels
    assert found.gain >= 0


def test_a_projection_can_be_called_off(model):
    told = []

    def progress(fraction):
        told.append(fraction)
        if fraction > 0.4:
            raise KeyboardInterrupt

    image = model.encoded.images[0]
    for work in (
        lambda: project(model.decoder, image, np.zeros((1, 6)), progress),
        lambda: starts_for(model.decoder, image, None, rng(), progress=progress),
    ):
        told.clear()
        with pytest.raises(KeyboardInterrupt):
            work()
        assert told == sorted(told)
        assert len(told) > 3


def test_what_does_not_fit_is_named(model):
    image, z = model.encoded.images[0], np.zeros((1, 6))
    decoder = model.decoder
    with pytest.raises(ValueError, match="uint8"):
        project(decoder, image.astype(float), z)
    with pytest.raises(ValueError, match="at least one start"):
        project(decoder, image, np.zeros((0, 6)))
    with pytest.raises(ValueError, match="at least one start"):
        project(decoder, image, np.zeros(6))
    with pytest.raises(ValueError, match="6 numbers"):
        project(decoder, image, np.zeros((2, 5)))
    with pytest.raises(ValueError, match="finite"):
        project(decoder, image, np.full((1, 6), np.nan))
    with pytest.raises(ValueError, match="mask of shape"):
        project(decoder, image, z, known=np.ones((28, 28)))
    with pytest.raises(ValueError, match="mask of shape"):
        project(decoder, image, z, known=np.ones((1, 28, 28), bool))
    with pytest.raises(ValueError, match="at least one step"):
        project(decoder, image, z, steps=0)
    with pytest.raises(ValueError, match="at least one start"):
        starts_for(decoder, image, None, rng(), 0)
