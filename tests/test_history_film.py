"""The film of a training: what is on each picture, and the file it becomes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from explorer import images
from explorer.history_film import (
    FILE_FPS,
    FILE_HOLD,
    MAP_TILES,
    SPAN,
    STEPS,
    HistoryFilm,
    Scene,
    compose,
    epoch_words,
    file_layout,
    tile_middles,
)
from tests.foreign import foreign_state
from vae.decoding import KEYS, FoldedDecoder
from vae.history import EpochLosses, History, load_history
from vae.maps import decoded_tiles
from vae.planes import axis_plane


class Unwatched:
    """A job that nobody cancels."""

    cancelled = False

    def __init__(self) -> None:
        self.shares: list[float] = []

    def progress(self, share: float) -> None:
        self.shares.append(share)


def made_up(snapshots: int = 3, **sizes: int) -> History:
    """A history of untrained decoders, with losses of all epochs but the first."""
    states = [foreign_state(seed, **sizes) for seed in range(snapshots)]
    epochs = np.arange(snapshots) * 2
    losses = {"sse": 3.0, "kl": 1.0, "total": 4.0}
    return History(
        epochs,
        {key: np.stack([state[key].numpy() for state in states]) for key in KEYS},
        {int(epoch): EpochLosses(losses, losses) for epoch in epochs[1:]},
    )


def drawn(decoder, scene, layout, **options) -> Image.Image:
    parts = compose(decoder, scene, layout, (46, 46, 46), **options)
    while True:
        try:
            next(parts)
        except StopIteration as done:
            return done.value


def scene_of(dimensions: int, seed: int = 0) -> Scene:
    z = np.random.default_rng(seed).normal(size=dimensions)
    return Scene.around(z, axis_plane(z, 0, 1) if dimensions > 1 else None)


SIZES = [
    {"latent": 1},
    {"latent": 2},
    {"latent": 6},
    {"latent": 16},
    {"latent": 6, "image_channels": 3},
    {"latent": 3, "side": 32},
]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_part_is_what_its_point_decodes_to(sizes):
    decoder = FoldedDecoder.from_state_dict(foreign_state(**sizes))
    scene = scene_of(sizes["latent"])
    layout = file_layout(decoder.image_shape, sizes["latent"], scene.plane is not None)
    picture = drawn(decoder, scene, layout, smooth=False)
    assert picture.size == layout.size

    left, top, width, height = layout.digit
    digit = picture.crop((left, top, left + width, top + height))
    expected = images.scaled(decoder.decode_uint8(scene.z), width, height, smooth=False)
    np.testing.assert_array_equal(np.asarray(digit), np.asarray(expected.convert("RGB")))

    rng = np.random.default_rng(1)
    for _ in range(5):
        row, column = rng.integers(sizes["latent"]), rng.integers(STEPS)
        z = scene.z.copy()
        z[row] = np.linspace(-SPAN, SPAN, STEPS)[column]
        corner = layout.sweep[0] + column * layout.step[0], layout.sweep[1] + row * layout.step[1]
        check_tile(picture, corner, layout.cell, decoder.decode_uint8(z))
    if scene.plane is None:
        assert layout.map[2] == 0
        return
    tiles = decoded_tiles(decoder, scene.plane, tile_middles(), tile_middles())
    for _ in range(5):
        row, column = rng.integers(MAP_TILES), rng.integers(MAP_TILES)
        corner = (
            layout.map[0] + column * layout.tile[0],
            layout.map[1] + row * layout.tile[1],
        )
        check_tile(picture, corner, layout.tile, tiles[MAP_TILES - 1 - row, column])


def check_tile(picture, corner, size, pixels) -> None:
    """The picture has this image there, but for the rounding of how it is made smaller."""
    found = picture.crop((*corner, corner[0] + size[0], corner[1] + size[1]))
    expected = images.scaled(pixels, *size, smooth=True).convert("RGB")
    difference = np.abs(np.asarray(found, int) - np.asarray(expected, int))
    assert difference.max() <= 2


def test_the_parts_do_not_overlap_and_stay_within_the_picture():
    for sizes in SIZES:
        decoder = FoldedDecoder.from_state_dict(foreign_state(**sizes))
        layout = file_layout(decoder.image_shape, sizes["latent"], sizes["latent"] > 1)
        covered = np.zeros(layout.size[::-1], int)
        for left, top, width, height in (layout.digit, layout.sweep, layout.map):
            assert 0 <= left <= left + width <= layout.size[0] + layout.gap
            assert 0 <= top <= top + height <= layout.size[1] + layout.gap
            covered[top : top + height, left : left + width] += 1
        assert covered.max() == 1


def test_where_the_point_lies_on_the_map():
    plane = axis_plane(np.zeros(6), 0, 1)
    places = {
        (0.0, 0.0): (0.5, 0.5),
        (-SPAN, SPAN): (0.0, 0.0),
        (SPAN, -SPAN): (1.0, 1.0),
        (SPAN + 0.1, 0.0): None,
    }
    for (u, v), place in places.items():
        assert Scene.around([u, v, 1, 2, 3, 4], plane).map_place == place
    assert Scene.around([0.5], None).map_place is None


def test_a_step_takes_a_few_images_so_that_others_have_their_turn(weights_path):
    from vae.weights import load_bundle

    history = load_history(load_bundle(weights_path))
    decoder, scene = history.decoder(5), scene_of(6)
    most = []
    decode = decoder.decode_uint8

    class Counting:
        image_shape = decoder.image_shape

        def decode_uint8(self, z):
            most.append(len(np.atleast_2d(z)))
            return decode(z)

    drawn(Counting(), scene, file_layout(decoder.image_shape, 6, True))
    assert max(most) <= 60
    assert sum(most) == 1 + 6 * STEPS + MAP_TILES**2


def test_the_gif_shows_every_snapshot_and_rests_at_both_ends(tmp_path):
    history, scene = made_up(snapshots=4), scene_of(6)
    job = Unwatched()
    film = HistoryFilm(history, scene)
    film.write(tmp_path / "training.gif", job)
    assert job.shares == sorted(job.shares)
    with Image.open(tmp_path / "training.gif") as file:
        assert file.n_frames == 4  # equal frames are one that lasts longer
        assert file.info["loop"] == 0
        durations, shown = [], []
        for number in range(4):
            file.seek(number)
            durations.append(file.info["duration"])
            shown.append(np.asarray(file.convert("L")))
    each = 1000 / FILE_FPS
    for found, count in zip(durations, (1 + FILE_HOLD[0], 1, 1, 1 + FILE_HOLD[1]), strict=True):
        assert found == pytest.approx(count * each, abs=10)
    for number in range(4):
        height = film.frame(number).shape[1]
        np.testing.assert_array_equal(shown[number][:height], film.frame(number)[0])
        assert shown[number][height:].max() > 200  # the line of text
    assert not np.array_equal(shown[1][height:], shown[2][height:])
    assert list(tmp_path.iterdir()) == [tmp_path / "training.gif"]


def test_a_film_in_colour_and_one_without_a_map(tmp_path):
    colour = HistoryFilm(made_up(image_channels=3), scene_of(6))
    assert colour.frame(0).shape[0] == 3
    colour.write(tmp_path / "colour.gif", Unwatched())
    one = HistoryFilm(made_up(latent=1), scene_of(1))
    assert one.frame(1).shape[0] == 1
    assert one.frame(1).shape[2] < HistoryFilm(made_up(latent=2), scene_of(2)).frame(1).shape[2]


def test_a_cancelled_film_leaves_the_old_file(tmp_path):
    from explorer.worker import Cancelled

    path = tmp_path / "training.gif"
    path.write_bytes(b"the old film")

    class Impatient(Unwatched):
        def progress(self, share: float) -> None:
            if share >= 0.6:
                raise Cancelled

    with pytest.raises(Cancelled):
        HistoryFilm(made_up(), scene_of(6)).write(path, Impatient())
    assert path.read_bytes() == b"the old film"
    assert list(tmp_path.iterdir()) == [path]


def test_the_words_of_a_snapshot():
    history = made_up()
    assert epoch_words(history, 0) == ("epoch 0 of 4", "before the first step")
    assert epoch_words(history, 2) == ("epoch 4 of 4", "test loss 4.0")
    unknown = History(np.array([1, 4]), {}, {})
    assert epoch_words(unknown, 0) == ("epoch 1 of 4", "test loss not recorded")
    assert HistoryFilm(history, scene_of(6)).caption(2) == "epoch 4 of 4\ttest loss 4.0"
