"""The folded decoder against an independently written network, on any sizes."""

import subprocess
import sys
import threading

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.autograd import forward_ad
from torch.nn import functional

from vae.decoding import CHUNK_BYTES, KEYS, MAX_COORDINATE, FoldedDecoder

TOLERANCE = 1e-5


def random_state(seed, latent_dim=6, planes=32, hidden=16, channels=1, rows=7, columns=7):
    """A state_dict whose outputs fill [-1, 1] without saturating."""
    rng = np.random.default_rng(seed)

    def weights(*shape, inputs):
        return rng.normal(0.0, 1.4 / np.sqrt(inputs), shape).astype(np.float32)

    features = planes * rows * columns
    return {
        "linear.weight": weights(features, latent_dim, inputs=latent_dim),
        "linear.bias": weights(features, inputs=4),
        "deconv_stack.0.weight": weights(planes, hidden, 4, 4, inputs=4 * planes),
        "deconv_stack.0.bias": weights(hidden, inputs=4),
        "deconv_stack.2.weight": weights(hidden, channels, 4, 4, inputs=4 * hidden),
        "deconv_stack.2.bias": weights(channels, inputs=4),
    }


def unfolded(state, z, rows, columns):
    """The network as the papers draw it, layer by layer, in double precision."""
    return images_of(state, hidden_of(state, torch.as_tensor(z).double(), rows, columns)).numpy()


def hidden_of(state, z, rows, columns):
    """What ReLU is given at z: (N, hidden channels, 2 rows, 2 columns)."""
    tensors = {key: torch.as_tensor(value).double() for key, value in state.items()}
    h = functional.linear(z, tensors["linear.weight"], tensors["linear.bias"])
    return functional.conv_transpose2d(
        h.reshape(len(z), len(tensors["deconv_stack.0.weight"]), rows, columns),
        tensors["deconv_stack.0.weight"],
        tensors["deconv_stack.0.bias"],
        stride=2,
        padding=1,
    )


def images_of(state, h):
    """What the last layers make of `hidden_of`'s values."""
    weight, bias = (
        torch.as_tensor(state[f"deconv_stack.2.{name}"]).double() for name in ("weight", "bias")
    )
    return torch.tanh(functional.conv_transpose2d(torch.relu(h), weight, bias, stride=2, padding=1))


def unfolded_jacobian(state, z, rows, columns):
    """dx/dz by torch's forward differentiation: (latent_dim, channels, height, width)."""
    points = torch.as_tensor(z).double().repeat(len(z), 1)
    with forward_ad.dual_level():
        duals = forward_ad.make_dual(points, torch.eye(len(z), dtype=torch.float64))
        images = images_of(state, hidden_of(state, duals, rows, columns))
        return forward_ad.unpack_dual(images).tangent.numpy()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    latent_dim=st.integers(1, 64),
    planes=st.integers(1, 40),
    hidden=st.integers(1, 24),
    channels=st.sampled_from([1, 3]),
    grid=st.one_of(
        st.sampled_from([(7, 7), (8, 8)]), st.tuples(st.integers(1, 9), st.integers(1, 9))
    ),
    n=st.integers(0, 5),
    spread=st.sampled_from([0.0, 1.0, 4.0]),
)
def test_equals_the_unfolded_network(seed, latent_dim, planes, hidden, channels, grid, n, spread):
    rows, columns = grid
    state = random_state(seed, latent_dim, planes, hidden, channels, rows, columns)
    shape = (channels, 4 * rows, 4 * columns)
    decoder = FoldedDecoder.from_state_dict(state, image_shape=shape)
    z = spread * np.random.default_rng(seed).standard_normal((n, latent_dim))

    images = decoder.decode(z)

    assert decoder.latent_dim == latent_dim
    assert decoder.image_shape == shape
    assert images.dtype == np.float32
    assert images.shape == (n, *shape)
    np.testing.assert_allclose(images, unfolded(state, z, rows, columns), rtol=0, atol=TOLERANCE)


def test_a_batch_of_many_chunks_equals_its_points_one_by_one():
    state = random_state(1)
    decoder = FoldedDecoder.from_state_dict(state)
    bytes_of_an_image = 4 * 16 * 15 * 15
    n = 2 * (CHUNK_BYTES // bytes_of_an_image) + 3
    z = np.random.default_rng(1).standard_normal((n, 6))
    images = decoder.decode(z)
    np.testing.assert_allclose(images, unfolded(state, z, 7, 7), rtol=0, atol=TOLERANCE)
    singly = np.stack([decoder.decode(point) for point in z])
    np.testing.assert_allclose(images, singly, rtol=0, atol=2e-6)


def test_one_point_gives_one_image():
    decoder = FoldedDecoder.from_state_dict(random_state(2, channels=3))
    z = (0.3, -1.0, 0.0, 2.0, -0.5, 1.0)
    assert decoder.decode(z).shape == (3, 28, 28)
    assert decoder.decode_uint8(z).shape == (3, 28, 28)
    np.testing.assert_array_equal(decoder.decode(z), decoder.decode([z])[0])


def test_levels_are_the_rounded_images_and_use_the_whole_range():
    state = random_state(3)
    state["deconv_stack.2.weight"] *= 20  # saturate, so that both ends are reached
    decoder = FoldedDecoder.from_state_dict(state)
    z = np.random.default_rng(3).standard_normal((20, 6))
    levels = decoder.decode_uint8(z)
    assert levels.dtype == np.uint8
    assert (levels.min(), levels.max()) == (0, 255)
    exact = np.clip(np.rint((decoder.decode(z).astype(np.float64) + 1) * 127.5), 0, 255)
    # A value halfway between two levels may fall to either side.
    assert np.abs(levels - exact).max() <= 1
    assert (levels == exact).mean() > 0.999


def test_results_are_independent_of_each_other():
    decoder = FoldedDecoder.from_state_dict(random_state(4))
    first = decoder.decode(np.zeros(6))
    kept = first.copy()
    decoder.decode(np.ones(6))
    np.testing.assert_array_equal(first, kept)
    first[:] = 5.0
    np.testing.assert_array_equal(decoder.decode(np.zeros(6)), kept)


def test_threads_share_one_decoder():
    decoder = FoldedDecoder.from_state_dict(random_state(5))
    z = np.random.default_rng(5).standard_normal((4, 60, 6))
    expected = [decoder.decode(points) for points in z]
    start = threading.Barrier(len(z))
    wrong = []

    def work(points, images):
        start.wait()
        wrong.extend(round_ for round_ in range(20) if (decoder.decode(points) != images).any())

    threads = [threading.Thread(target=work, args=pair) for pair in zip(z, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@given(hnp.arrays(np.float64, (2, 6), elements=st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=50)
def test_any_finite_point_gives_pixels_without_warnings(z):
    decoder = FoldedDecoder.from_state_dict(random_state(6))
    images = decoder.decode(z)  # warnings are errors in this suite
    assert np.isfinite(images).all()
    assert np.abs(images).max() <= 1.0
    decoder.decode_uint8(z)


def test_a_huge_coordinate_is_decoded_as_the_largest_that_makes_sense():
    decoder = FoldedDecoder.from_state_dict(random_state(7))
    huge, limit = np.zeros(6), np.zeros(6)
    huge[2], limit[2] = -1e300, -MAX_COORDINATE
    np.testing.assert_array_equal(decoder.decode(huge), decoder.decode(limit))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_point_that_is_not_finite_is_refused(bad):
    decoder = FoldedDecoder.from_state_dict(random_state(8))
    with pytest.raises(ValueError, match="finite"):
        decoder.decode([0.0, 1e300, bad, 0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="finite"):
        decoder.decode_uint8([[0.0, 0.0, 0.0, 0.0, 0.0, bad]])


@pytest.mark.parametrize("shape", [(), (5,), (7,), (2, 5), (6, 2), (1, 1, 6)])
def test_a_point_of_another_shape_is_refused(shape):
    decoder = FoldedDecoder.from_state_dict(random_state(9))
    with pytest.raises(ValueError, match="6 numbers"):
        decoder.decode(np.zeros(shape))


# --- the Jacobian -------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    latent_dim=st.integers(1, 64),
    planes=st.integers(1, 40),
    hidden=st.integers(1, 24),
    channels=st.sampled_from([1, 3]),
    grid=st.one_of(
        st.sampled_from([(7, 7), (8, 8)]), st.tuples(st.integers(1, 9), st.integers(1, 9))
    ),
    spread=st.sampled_from([0.0, 1.0, 4.0]),
)
def test_the_jacobian_equals_that_of_the_unfolded_network(
    seed, latent_dim, planes, hidden, channels, grid, spread
):
    rows, columns = grid
    state = random_state(seed, latent_dim, planes, hidden, channels, rows, columns)
    shape = (channels, 4 * rows, 4 * columns)
    z = spread * np.random.default_rng(seed).standard_normal(latent_dim)
    # So close to a kink of ReLU single precision may take the other side.
    assume(hidden_of(state, torch.as_tensor(z)[None], rows, columns).abs().min() > 1e-5)

    jacobian = FoldedDecoder.from_state_dict(state, image_shape=shape).jacobian(z)

    assert jacobian.dtype == np.float32
    assert jacobian.shape == (latent_dim, *shape)
    expected = unfolded_jacobian(state, z, rows, columns)
    atol = TOLERANCE * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=atol)


def test_the_jacobian_equals_central_differences_away_from_kinks():
    state = random_state(15, channels=3)
    decoder = FoldedDecoder.from_state_dict(state)
    step = 2e-3  # single precision leaves 2e-5 of noise, and few kinks lie within
    z = np.random.default_rng(15).standard_normal(6)
    ahead, behind = z + step * np.eye(6), z - step * np.eye(6)

    differences = (decoder.decode(ahead) - decoder.decode(behind)) / (2 * step)

    on = [hidden_of(state, torch.as_tensor(points), 7, 7) > 0 for points in (ahead, behind)]
    bends = (on[0] != on[1]).any(dim=1, keepdim=True).double()
    bent = functional.conv_transpose2d(bends, torch.ones(1, 1, 4, 4).double(), stride=2, padding=1)
    smooth = np.broadcast_to(bent.numpy() == 0, differences.shape)
    assert smooth.mean() > 0.5
    np.testing.assert_allclose(decoder.jacobian(z)[smooth], differences[smooth], rtol=0, atol=5e-4)


def test_at_a_kink_the_jacobian_takes_the_slope_that_torch_takes():
    state = random_state(16)
    state["linear.bias"][:] = 0
    state["deconv_stack.0.bias"][:] = 0
    jacobian = FoldedDecoder.from_state_dict(state).jacobian(np.zeros(6))
    np.testing.assert_array_equal(jacobian, unfolded_jacobian(state, np.zeros(6), 7, 7))


def test_the_jacobian_of_a_huge_coordinate_is_that_of_the_point_that_is_decoded():
    decoder = FoldedDecoder.from_state_dict(random_state(7))
    huge, limit = np.zeros(6), np.zeros(6)
    huge[2], limit[2] = -1e300, -MAX_COORDINATE
    np.testing.assert_array_equal(decoder.jacobian(huge), decoder.jacobian(limit))


@given(hnp.arrays(np.float64, 6, elements=st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=50)
def test_any_finite_point_has_a_finite_jacobian_without_warnings(z):
    assert np.isfinite(FoldedDecoder.from_state_dict(random_state(6)).jacobian(z)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_jacobian_refuses_a_point_that_is_not_finite(bad):
    decoder = FoldedDecoder.from_state_dict(random_state(8))
    with pytest.raises(ValueError, match="finite"):
        decoder.jacobian([0.0, 1e300, bad, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("shape", [(), (5,), (7,), (1, 6), (2, 6), (6, 1)])
def test_the_jacobian_refuses_all_but_one_point(shape):
    decoder = FoldedDecoder.from_state_dict(random_state(9))
    with pytest.raises(ValueError, match="6 numbers"):
        decoder.jacobian(np.zeros(shape))


@given(
    seed=st.integers(0, 2**16),
    latent_dim=st.integers(1, 17),
    planes=st.integers(1, 5),
    hidden=st.integers(1, 5),
    channels=st.integers(1, 3),
    grid=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    n=st.integers(0, 4),
    spread=st.sampled_from([0.0, 1.0, 4.0]),
)
@settings(max_examples=60, deadline=None)
def test_gradients_are_pulled_back_as_the_jacobian_says(
    seed, latent_dim, planes, hidden, channels, grid, n, spread
):
    rows, columns = grid
    state = random_state(seed, latent_dim, planes, hidden, channels, rows, columns)
    decoder = FoldedDecoder.from_state_dict(state, (channels, 4 * rows, 4 * columns))
    rng = np.random.default_rng(seed)
    z = spread * rng.standard_normal((n, latent_dim))
    cotangent = rng.standard_normal((n, *decoder.image_shape))

    images, pullback = decoder.vjp(z)

    np.testing.assert_array_equal(images, decoder.decode(z))
    pulled = pullback(cotangent)
    assert pulled.shape == (n, latent_dim)
    assert pulled.dtype == np.float32
    for point, weights, gradient in zip(z, cotangent, pulled, strict=True):
        jacobian = decoder.jacobian(point).astype(np.float64)
        expected = (jacobian * weights).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(
            gradient, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(jacobian * weights).sum())
        )


def test_a_batch_of_many_chunks_is_pulled_back_as_its_points_one_by_one():
    decoder = FoldedDecoder.from_state_dict(random_state(17))
    n = 3 * CHUNK_BYTES // (4 * 16 * 225) + 1
    rng = np.random.default_rng(17)
    z, cotangent = rng.standard_normal((n, 6)), rng.standard_normal((n, 1, 28, 28))
    images, pullback = decoder.vjp(z)
    pulled = pullback(cotangent)
    for i in (0, n // 2, n - 1):
        image, pull_one = decoder.vjp(z[i : i + 1])
        np.testing.assert_allclose(images[i], image[0], atol=TOLERANCE)
        np.testing.assert_allclose(pulled[i], pull_one(cotangent[i])[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape", [(6,), (2, 5), (1, 1, 6)])
def test_only_a_batch_of_points_is_pulled_back_to(shape):
    decoder = FoldedDecoder.from_state_dict(random_state(9))
    with pytest.raises(ValueError, match=r"6 numbers|\(N, 6\)"):
        decoder.vjp(np.zeros(shape))


# --- a few directions at many points --------------------------------------------------------------


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    latent_dim=st.integers(1, 64),
    hidden=st.integers(1, 24),
    channels=st.sampled_from([1, 3]),
    grid=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    n=st.integers(0, 5),
    k=st.integers(0, 4),
    spread=st.sampled_from([0.0, 1.0, 4.0]),
)
def test_a_pushforward_is_the_jacobian_times_the_directions(
    seed, latent_dim, hidden, channels, grid, n, k, spread
):
    rows, columns = grid
    shape = (channels, 4 * rows, 4 * columns)
    state = random_state(seed, latent_dim, 8, hidden, channels, rows, columns)
    decoder = FoldedDecoder.from_state_dict(state, image_shape=shape)
    rng = np.random.default_rng(seed)
    z = spread * rng.standard_normal((n, latent_dim))
    directions = rng.standard_normal((k, latent_dim))
    # So close to a kink of ReLU single precision may take the other side.
    between = hidden_of(state, torch.as_tensor(z), rows, columns).abs()
    assume(not between.numel() or between.min() > 1e-5)

    pushed = decoder.pushforward(z, directions)

    assert pushed.dtype == np.float32
    assert pushed.shape == (n, k, *shape)
    for point, images in zip(z, pushed, strict=True):
        jacobian = decoder.jacobian(point).astype(np.float64)
        expected = np.tensordot(directions, jacobian, axes=1)
        atol = TOLERANCE * max(
            1.0, np.abs(jacobian).max() * np.abs(directions).sum(1).max(initial=0)
        )
        np.testing.assert_allclose(images, expected, rtol=0, atol=atol)


def test_a_pushforward_of_many_chunks_equals_its_points_one_by_one():
    decoder = FoldedDecoder.from_state_dict(random_state(1, channels=3))
    n = CHUNK_BYTES // (4 * 16 * 15 * 15) + 3
    rng = np.random.default_rng(1)
    z, directions = rng.standard_normal((n, 6)), rng.standard_normal((2, 6))
    pushed = decoder.pushforward(z, directions)
    singly = np.concatenate([decoder.pushforward(point[None], directions) for point in z])
    np.testing.assert_allclose(pushed, singly, rtol=0, atol=1e-5 * np.abs(singly).max())


@pytest.mark.parametrize(
    ("z", "directions", "message"),
    [
        (np.zeros(6), np.zeros((2, 6)), "latent points in rows"),
        (np.zeros((3, 6)), np.zeros(6), "directions in rows"),
        (np.zeros((3, 5)), np.zeros((2, 6)), "6 numbers"),
        (np.zeros((3, 6)), np.zeros((2, 7)), "6 numbers"),
        (np.zeros((3, 6)), np.full((2, 6), np.nan), "finite"),
        (np.full((3, 6), np.inf), np.zeros((2, 6)), "finite"),
    ],
)
def test_a_pushforward_refuses_what_is_no_rows_of_points(z, directions, message):
    decoder = FoldedDecoder.from_state_dict(random_state(9))
    with pytest.raises(ValueError, match=message):
        decoder.pushforward(z, directions)


# --- weights ------------------------------------------------------------------------------------


def test_takes_torch_tensors_of_any_float_type():
    state = random_state(10)
    expected = FoldedDecoder.from_state_dict(state).decode(np.ones(6))
    for dtype, tolerance in ((torch.float32, 0.0), (torch.float64, 0.0), (torch.float16, 0.02)):
        tensors = {key: torch.from_numpy(value).to(dtype) for key, value in state.items()}
        images = FoldedDecoder.from_state_dict(tensors).decode(np.ones(6))
        np.testing.assert_allclose(images, expected, rtol=0, atol=tolerance)


def changed(key, change):
    state = random_state(11)
    state[key] = change(state[key])
    return state


@pytest.mark.parametrize("key", KEYS)
def test_weights_of_a_wrong_shape_are_refused_by_name(key):
    for change in (lambda w: w[:-1], lambda w: w[..., None], lambda w: w[:0], np.ravel):
        if change is np.ravel and "bias" in key:
            continue  # a bias is flat already
        with pytest.raises(ValueError, match=r"shape|rows"):
            FoldedDecoder.from_state_dict(changed(key, change))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused_by_name(key, bad):
    def spoil(weights):
        weights.flat[-1] = bad
        return weights

    with pytest.raises(ValueError, match=f"'{key}' holds NaN"):
        FoldedDecoder.from_state_dict(changed(key, spoil))


@pytest.mark.parametrize("key", KEYS)
def test_missing_weights_are_named(key):
    state = random_state(12)
    del state[key]
    with pytest.raises(ValueError, match=f"'{key}' is missing"):
        FoldedDecoder.from_state_dict(state)


def test_other_refusals():
    with pytest.raises(ValueError, match=r"'fc_mu\.bias' is unknown"):
        FoldedDecoder.from_state_dict({**random_state(13), "fc_mu.bias": np.zeros(6)})
    with pytest.raises(ValueError, match=r"'linear\.bias' cannot be read"):
        FoldedDecoder.from_state_dict(changed("linear.bias", lambda _: "words"))
    with pytest.raises(ValueError, match="so large"):
        FoldedDecoder.from_state_dict(changed("linear.weight", lambda w: w * np.float32(1e36)))
    with pytest.raises(ValueError, match="so large"):
        FoldedDecoder.from_state_dict(
            changed("deconv_stack.0.weight", lambda w: w.astype(np.float64) * 1e307)
        )


def test_images_that_are_not_square_need_their_shape():
    state = random_state(14, rows=3, columns=5)
    with pytest.raises(ValueError, match="not square"):
        FoldedDecoder.from_state_dict(state)
    for wrong in ((1, 20, 12), (1, 12, 20)):
        assert FoldedDecoder.from_state_dict(state, image_shape=wrong).image_shape == wrong
    for wrong in ((3, 12, 20), (1, 12, 24), (1, 13, 20)):
        with pytest.raises(ValueError, match="do not make images"):
            FoldedDecoder.from_state_dict(state, image_shape=wrong)


def test_decoding_does_not_load_torch():
    code = "import sys, vae.decoding, vae.latent; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
