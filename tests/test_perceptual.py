"""The feature loss, against what it is by definition, on real digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.classifier import Classifier
from vae.data import bundled_digits, to_model_range
from vae.perceptual import FeatureLoss
from vae.weights import BUNDLED_ASSETS, load_classifier


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    images, _ = bundled_digits()
    return torch.from_numpy(to_model_range(images[:400, None]))


@pytest.fixture(scope="module")
def loss(digits) -> FeatureLoss:
    return FeatureLoss(load_classifier(BUNDLED_ASSETS / "classifier_weights.pt"), digits)


def after_relus(classifier: Classifier, x: torch.Tensor) -> list[torch.Tensor]:
    """The same activations, caught on their way through the classifier as it is."""
    caught: list[torch.Tensor] = []
    hooks = [
        layer.register_forward_hook(lambda _layer, _given, found: caught.append(found))
        for layer in classifier.conv_stack
        if isinstance(layer, torch.nn.ReLU)
    ]
    classifier(x)
    for hook in hooks:
        hook.remove()
    return caught


def test_an_image_has_no_distance_to_itself(loss, digits):
    assert torch.equal(loss(digits[:20], digits[:20]), torch.zeros(20))


def test_it_is_one_on_average_where_every_image_has_the_mean_features(loss, digits):
    """The scale: whatever the layer, all of its variance is then unmet."""
    layers = loss.features(digits)
    shares = [
        (layer - layer.mean(0)).square().flatten(1).sum(1) / variance
        for layer, variance in zip(layers, loss.variances, strict=True)
    ]
    assert len(layers) == 3
    for share in shares:
        assert share.mean().item() == pytest.approx(1.0, rel=1e-4)


def test_it_is_the_mean_share_over_the_layers_after_each_relu(loss, digits):
    classifier = load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")
    x, x_hat = digits[:7], digits[7:14]
    pairs = list(zip(after_relus(classifier, x_hat), after_relus(classifier, x), strict=True))
    calibration = after_relus(classifier, digits)
    expected = np.zeros(7)
    for (found, wanted), layer in zip(pairs, calibration, strict=True):
        variance = layer.detach().numpy().astype(np.float64).var(axis=0).sum()
        error = (found - wanted).detach().numpy().astype(np.float64)
        expected += (error**2).sum((1, 2, 3)) / variance / 3
    np.testing.assert_allclose(loss(x_hat, x).detach().numpy(), expected, rtol=1e-4)


def test_rescaling_a_layer_changes_nothing(digits):
    """ReLU is homogeneous: what one layer multiplies by, the next may divide by."""
    classifier = load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")
    x, x_hat = digits[:9], digits[9:18]
    before = FeatureLoss(classifier, digits)(x_hat, x)
    with torch.no_grad():
        classifier.conv_stack[0].weight *= 7
        classifier.conv_stack[0].bias *= 7
        classifier.conv_stack[2].weight /= 7
    torch.testing.assert_close(FeatureLoss(classifier, digits)(x_hat, x), before, rtol=1e-4, atol=0)


@settings(max_examples=15)
@given(first=st.integers(0, 399), second=st.integers(0, 399))
def test_it_is_symmetric_and_of_each_image_alone(loss, digits, first, second):
    a, b = digits[first, None], digits[second, None]
    forwards, backwards = loss(a, b), loss(b, a)
    torch.testing.assert_close(forwards, backwards)
    assert (forwards.item() == 0) == (first == second)
    together = loss(torch.cat((a, b)), torch.cat((b, b)))
    torch.testing.assert_close(together, torch.cat((forwards, torch.zeros(1))), rtol=1e-4, atol=0)


def blurred(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Convolved with a Gaussian, in pixels, on the background's ground."""
    taps = torch.exp(-torch.arange(-4.0, 5.0).square() / (2 * sigma**2))
    kernel = torch.outer(taps, taps)[None, None] / taps.sum() ** 2
    return torch.nn.functional.conv2d(torch.nn.functional.pad(x, (4,) * 4, value=-1.0), kernel)


def test_a_blurred_stroke_is_dearer_than_one_that_is_aside(loss, digits):
    """What the term is for: for the same squared error, nearly twice as dear."""
    aside, soft = digits.roll(1, dims=3), blurred(digits, 1.5)
    ratios = [
        (loss(other, digits).sum() / (other - digits).square().sum()).item()
        for other in (aside, soft)
    ]
    assert 1.6 < ratios[1] / ratios[0] < 2.0


def test_the_classifier_is_frozen_and_stays_as_it_was(digits):
    classifier = load_classifier(BUNDLED_ASSETS / "classifier_weights.pt").train()
    before = {key: value.clone() for key, value in classifier.state_dict().items()}
    wanted = [parameter.requires_grad for parameter in classifier.parameters()]
    loss = FeatureLoss(classifier, digits)
    x_hat = digits[:5].clone().requires_grad_()
    x = digits[5:10].clone().requires_grad_()
    loss(x_hat, x).sum().backward()
    assert x_hat.grad.abs().sum() > 0
    assert x.grad is None  # real images are what is to be met, not what is to move
    assert not any(parameter.requires_grad for parameter in loss.parameters())
    assert all(parameter.grad is None for parameter in loss.parameters())
    assert classifier.training
    assert [parameter.requires_grad for parameter in classifier.parameters()] == wanted
    assert all(torch.equal(value, before[key]) for key, value in classifier.state_dict().items())


def test_the_gradient_is_that_of_finite_differences(digits):
    loss = FeatureLoss(
        load_classifier(BUNDLED_ASSETS / "classifier_weights.pt").double(), digits.double()
    )
    generator = torch.Generator().manual_seed(0)
    x = digits[:3].double()
    # No digits: on their even ground, all places of a pool are equal, and it has no gradient there.
    x_hat = torch.rand(x.shape, generator=generator, dtype=torch.float64).requires_grad_()
    loss(x_hat, x).sum().backward()
    direction = torch.randn(x_hat.shape, generator=generator, dtype=torch.float64)
    step = 1e-7  # so small that no unit crosses its zero
    ahead, behind = (
        loss(x_hat.detach() + sign * step * direction, x).sum().item() for sign in (1, -1)
    )
    slope = (ahead - behind) / (2 * step)
    assert slope == pytest.approx((x_hat.grad * direction).sum().item(), rel=1e-4)


def test_colour_and_other_sizes():
    torch.manual_seed(0)
    images = torch.rand(30, 3, 32, 32) * 2 - 1
    loss = FeatureLoss(Classifier((3, 32, 32), 4), images)
    found = loss(images[:5], images[5:10])
    assert found.shape == (5,)
    assert (found > 0).all()


def test_images_of_another_shape_are_refused_with_both_shapes(digits):
    with pytest.raises(ValueError, match="3x32x32 images, and these are 1x28x28"):
        FeatureLoss(Classifier((3, 32, 32), 4), digits)
