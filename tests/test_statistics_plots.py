"""The plots of the Statistics page: that they show the figures they are given, at any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer import dimension_plots, matrix_plots, plot_panels, prior_plots, scatter_plots
from explorer.plotting import Look, render
from vae.aggregate import prior_match, summarise

LOOKS = [
    Look(dark, ink, grey, ground, ground, grey, "#3574f0", "#ffffff", "#d9902f", scale)
    for dark, ink, grey, ground in (
        (False, "#1f2329", "#6a6d71", "#fcfcfd"),
        (True, "#e6e8eb", "#a1a4a7", "#1c1f24"),
    )
    for scale in (1.0, 2.0)
]
LOOK = LOOKS[0]
NAMES = tuple("0123456789")
SIZE = 600, 240


def encoded(dim: int, n: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    width = np.linspace(1.2, 0.01, dim) if dim > 1 else np.array([0.9])
    mu = rng.normal(size=(n, dim)) * width
    std = np.sqrt(np.clip(1 - width**2, 0.01, 1)) * np.ones((n, 1))
    return mu, std, rng.integers(0, 10, n)


def drawn(draw, size=SIZE, look=LOOK):
    return render(draw, look, *size).figure


def every_plot(dim: int):
    mu, std, labels = encoded(dim)
    summary = summarise(mu, std, labels, 10)
    match = prior_match(mu, std)
    last = dim - 1
    yield lambda f, k: dimension_plots.histograms(f, k, mu, std, summary)
    yield lambda f, k: dimension_plots.histogram(
        f, k, mu[:, last], std[:, last], labels, NAMES, last
    )
    yield lambda f, k: dimension_plots.box_plots(f, k, summary)
    yield lambda f, k: dimension_plots.class_boxes(f, k, mu[:, last], labels, NAMES, last)
    yield lambda f, k: matrix_plots.correlation(f, k, summary.correlation)
    yield lambda f, k: matrix_plots.class_means(f, k, summary, NAMES)
    yield lambda f, k: matrix_plots.class_profile(f, k, summary, NAMES, 3)
    yield lambda f, k: scatter_plots.scatter_matrix(
        f, k, mu, labels, NAMES, plot_panels.most_used(summary, 8), summary.correlation
    )
    if dim > 1:
        yield lambda f, k: scatter_plots.scatter(f, k, mu, labels, NAMES, (0, last))
    yield lambda f, k: prior_plots.prior_quantiles(f, k, match)
    yield lambda f, k: prior_plots.prior_histogram(f, k, match, mu, std, 0)
    yield lambda f, k: prior_plots.axis_shares(f, k, match, mu, std, 0, last)


@pytest.mark.parametrize("dim", [1, 2, 6, 64])
def test_every_plot_can_be_drawn_in_any_number_of_dimensions(dim):
    for draw in every_plot(dim):
        assert drawn(draw).axes


@pytest.mark.parametrize("size", [(40, 40), (200, 90), (1500, 900)])
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{'dark' if look.dark else 'light'}")
def test_every_plot_can_be_drawn_at_any_size(size, look):
    for draw in every_plot(5):
        drawn(draw, size, look)


def test_no_words_are_smaller_than_eight_points_or_outside_of_the_figure():
    for draw in every_plot(6):
        figure = drawn(draw)
        renderer = figure.canvas.get_renderer()
        for text in figure.findobj(lambda a: hasattr(a, "get_fontsize")):
            if not text.get_visible() or not text.get_text():
                continue
            assert text.get_fontsize() >= 8
            inside = text.axes is None or text.axes.get_visible()
            box = text.get_window_extent(renderer)
            if inside and box.width and text.get_clip_on() is False:
                assert box.x0 >= -1, text
                assert box.x1 <= SIZE[0] + 12, text


def test_histograms_show_where_the_means_are_and_what_they_are_drawn_beside():
    mu, std, labels = encoded(3, n=4000)
    figure = drawn(
        lambda f, k: dimension_plots.histograms(f, k, mu, std, summarise(mu, std, labels, 10))
    )
    for i, axis in enumerate(figure.axes[:3]):
        heights = np.array([patch.get_height() for patch in axis.patches])
        edges = np.array([patch.get_x() for patch in axis.patches])
        counts, expected = np.histogram(mu[:, i], len(heights), axis.get_xlim(), density=True)
        assert heights == pytest.approx(counts)
        assert edges == pytest.approx(expected[:-1])
        whole, prior = axis.lines
        x, y = prior.get_data()
        assert y == pytest.approx(stats.norm.pdf(x))
        x, y = whole.get_data()
        mixture = stats.norm.pdf(x[:, None], mu[:, i], std[:, i]).mean(axis=1)
        assert y == pytest.approx(mixture, rel=1e-9)


def test_the_most_used_dimensions_are_shown_where_there_is_no_room_for_all():
    mu, std, labels = encoded(64)
    summary = summarise(mu, std, labels, 10)
    figure = drawn(lambda f, k: dimension_plots.histograms(f, k, mu, std, summary))
    titles = [t.get_text() for a in figure.axes for t in a.texts if t.get_text().startswith("z")]
    assert 4 <= len(titles) < 64
    assert titles == [plot_panels.name(i) for i in plot_panels.most_used(summary, len(titles))]
    assert any("of 64" in text.get_text() for text in figure.texts)


def test_the_stack_of_classes_is_the_histogram_of_all():
    mu, std, labels = encoded(1, n=3000)
    figure = drawn(
        lambda f, k: dimension_plots.histogram(f, k, mu[:, 0], std[:, 0], labels, NAMES, 0),
        (700, 400),
    )
    axis = figure.axes[0]
    top = max(patch.get_y() + patch.get_height() for patch in axis.patches)
    counts, _ = np.histogram(mu[:, 0], dimension_plots.BINS, axis.get_xlim(), density=True)
    assert top == pytest.approx(counts.max())


def test_the_numbers_of_the_heat_maps_are_those_of_the_matrix():
    mu, std, labels = encoded(4)
    summary = summarise(mu, std, labels, 10)
    figure = drawn(lambda f, k: matrix_plots.correlation(f, k, summary.correlation))
    numbers = [float(text.get_text()) for text in figure.axes[0].texts]
    expected = np.corrcoef(mu.T).ravel()
    assert numbers == pytest.approx(expected, abs=0.005)
    figure = drawn(lambda f, k: matrix_plots.class_means(f, k, summary, NAMES), (900, 400))
    words = [text.get_text().split(" ± ") for text in figure.axes[0].texts]
    means = [mu[labels == c].mean(axis=0) for c in range(10)]
    spreads = [mu[labels == c].std(axis=0) for c in range(10)]
    assert [float(mean) for mean, _ in words] == pytest.approx(np.ravel(means), abs=0.0051)
    assert [float(spread) for _, spread in words] == pytest.approx(np.ravel(spreads), abs=0.0051)


def test_what_rounds_to_zero_has_no_minus():
    assert [plot_panels.two(x) for x in (-0.004, 0.004, -0.006, np.float32(-0.0))] == [
        "0.00", "0.00", "-0.01", "0.00",
    ]  # fmt: skip
    assert [plot_panels.two(x, "+") for x in (-0.004, 0.216)] == ["+0.00", "+0.22"]


def test_numbers_are_read_on_every_ground():
    for look in LOOKS:
        values = np.linspace(-1, 1, 25).reshape(5, 5)
        figure = drawn(
            lambda f, k, values=values: matrix_plots.correlation(f, k, values), look=look
        )
        image = figure.axes[0].images[0]
        from matplotlib.colors import to_rgb

        def luminance(colour):
            c = np.array(colour[:3])
            linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
            return linear @ (0.2126, 0.7152, 0.0722)

        for text, value in zip(figure.axes[0].texts, values.ravel(), strict=True):
            pair = sorted(map(luminance, (to_rgb(text.get_color()), image.to_rgba(value))))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_dots_of_every_class_are_all_drawn_in_its_colour():
    mu, _, labels = encoded(2, n=777)
    figure = drawn(lambda f, k: scatter_plots.scatter(f, k, mu, labels, NAMES, (0, 1)), (500, 400))
    seen = {colour: [] for colour in LOOK.class_colours(10)}
    for line in figure.axes[0].lines:
        seen[line.get_color()].append(line.get_xydata())
    for index, colour in enumerate(LOOK.class_colours(10)):
        dots = np.concatenate(seen[colour])
        expected = mu[labels == index]
        assert sorted(map(tuple, dots)) == sorted(map(tuple, expected))


def test_the_rings_hold_half_and_95_of_100_prior_samples_and_are_round():
    mu, _, labels = encoded(2)
    rendering = render(
        lambda f, k: scatter_plots.scatter(f, k, mu, labels, NAMES, (0, 1)), LOOK, 640, 300
    )
    radii = [patch.get_radius() for patch in rendering.figure.axes[0].patches]
    assert stats.chi2.cdf(np.square(radii), 2) == pytest.approx([0.5, 0.95])
    points = rendering.pixels_of(0, np.array([[0, 0], [1, 0], [0, 1]]))
    assert points[1, 0] - points[0, 0] == pytest.approx(points[0, 1] - points[2, 1])


def test_the_draws_are_those_that_were_judged():
    mu, std, _ = encoded(4)
    z = prior_plots.draws(mu, std, 3)
    match = prior_match(mu, std, 3)
    assert match.mean == pytest.approx(z.mean(axis=0))
    figure = drawn(lambda f, k: prior_plots.axis_shares(f, k, match, mu, std, 3, 1))
    legend = [text.get_text() for text in figure.axes[0].get_legend().texts]
    assert legend[-1] == f"largest difference: {match.ks[1]:.3f}"
    x, ends = figure.axes[0].lines[2].get_data()
    assert abs(ends[1] - ends[0]) == pytest.approx(match.ks[1], abs=1e-9)
    assert stats.kstest(z[:, 1], "norm").statistic_location == pytest.approx(x[0])


def test_bars_beyond_chance_are_full_and_others_hollow():
    mu, std, _ = encoded(3, n=2000)
    mu[:, 1] += 1.0
    match = prior_match(mu, std)
    axis = drawn(lambda f, k: prior_plots.prior_quantiles(f, k, match)).axes[0]
    full = {round(p.get_x() + p.get_width() / 2): p.get_facecolor()[3] > 0 for p in axis.patches}
    assert full == {i: bool(match.ks[i] > match.gap_chance) for i in range(3)}
    assert full[1]


@given(st.integers(1, 80), st.floats(1, 3000), st.floats(1, 2000))
def test_panels_are_as_many_as_asked_for_or_as_there_is_room_for(count, width, height):
    rows, columns = plot_panels.arrangement(count, width, height)
    assert rows >= 1
    assert columns >= 1
    assert rows * columns < count + max(rows, columns)
    if rows * columns < count:
        # More would be smaller than what can be read.
        smallest = plot_panels.SMALLEST_PANEL
        fits = max(1, width // smallest[0]) * max(1, height // smallest[1])
        assert rows * columns >= min(count, fits) - max(rows, columns)


@given(st.floats(-6, 6))
def test_the_share_of_the_prior_below_a_value(x):
    assert prior_plots.normal_share(x) == pytest.approx(stats.norm.cdf(x), abs=1e-12)


@given(st.integers(1, 64), st.floats(1e-3, 200))
def test_the_density_of_chi_squared(d, x):
    expected = stats.chi2.pdf(x, d)
    assert prior_plots.chi2_density(np.array([x]), d)[0] == pytest.approx(
        expected, rel=1e-9, abs=1e-300
    )
