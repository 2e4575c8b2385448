"""Movies read back: every format exact where it can be, on time, and never half written."""

from __future__ import annotations

import errno
import math
import os
import signal
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from explorer import export, movie
from explorer.export import ExportCancelled, ExportError
from explorer.images import scaled
from explorer.movie import (
    FORMATS,
    MIN_LABEL_WIDTH,
    PALETTES,
    REPEATS,
    STRIP_GAP,
    MovieOptions,
    caption_text,
    check_movie,
    file_size,
    palette_table,
    picture_size,
    playing_order,
    positions,
    still,
    unavailable,
    write_movie,
)
from explorer.worker import Cancelled
from tests.test_decoding import random_state
from tests.test_export import enlarged, full_disk, needs_full_device, noise
from vae.decoding import FoldedDecoder

ANIMATIONS = ("gif", "apng", "webp")
MAPS = tuple(PALETTES)[2:]
every_format = pytest.mark.parametrize("format_", FORMATS)
posix = pytest.mark.skipif(os.name == "nt", reason="needs a shell script that can be run")


def morph(n, seed=0):
    """Frames as the app exports them: smooth, with large areas that stay the same."""
    decoder = FoldedDecoder.from_state_dict(random_state(seed))
    a, b = np.random.default_rng(seed).standard_normal((2, 6))
    t = np.linspace(0, 1, n)[:, None]
    return decoder.decode_uint8((1 - t) * a + t * b)


def target(folder, options: MovieOptions) -> Path:
    return folder / options.kind.file_name("morph")


def saved(folder, frames, options: MovieOptions, captions=None) -> Path:
    path = target(folder, options)
    write_movie(frames, captions, path, options)
    return path


def played(path: Path):
    """The frames of an animation as (N, H, W, 3), their milliseconds, and the loop count if any."""
    with Image.open(path) as image:
        shown, durations = [], []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            shown.append(np.asarray(image.convert("RGB")))
            durations.append(image.info.get("duration"))
        return np.stack(shown), durations, image.info.get("loop")


def video(path: Path):
    """What a player is told of a video, and its frames as (N, H, W, 3)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its pipes to the collector
        reader = imageio_ffmpeg.read_frames(path)
        about = next(reader)
        width, height = about["size"]
        frames = [np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader]
        del reader
    return about, np.stack(frames)


def read(path: Path, options: MovieOptions) -> np.ndarray:
    """The pictures of any format, (N, H, W, 3)."""
    if options.format == "frames":
        names = sorted(os.listdir(path))
        return np.stack([played(path / name)[0][0] for name in names])
    if options.format == "mp4":
        return video(path)[1]
    shown = played(path)[0]
    if options.format == "strip":
        width, height = picture_size((1, 8, 8), options)
        starts = range(0, shown.shape[2], width + STRIP_GAP)
        return np.stack([shown[0, :height, x : x + width] for x in starts])
    return shown


def coloured(frames: np.ndarray, options: MovieOptions) -> np.ndarray:
    """(N, 1, H, W) -> (N, H * scale, W * scale, 3): what a file of one way should show."""
    squares = frames[:, 0].repeat(options.scale, axis=1).repeat(options.scale, axis=2)
    return palette_table(options.palette)[squares]


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"format": "bmp"}, "must be one of gif, apng, webp, mp4, strip, frames, not 'bmp'"),
        ({"palette": "jet"}, "must be one of grey, inverted, viridis"),
        ({"repeat": "twice"}, "must be one of once, loop, ping-pong"),
        ({"scale": 0}, "whole number from 1 to 100, not 0"),
        ({"scale": 2.5}, "whole number from 1 to 100, not 2.5"),
        ({"scale": True}, "whole number from 1 to 100, not True"),
        ({"fps": 61, "format": "webp"}, "frame rate must be a whole number from 1 to 60, not 61"),
        ({"fps": 51}, "GIF shows at most 50 frames a second, not 51: it counts hundredths"),
        ({"labels": 1}, "True or False, not 1"),
    ],
)
def test_a_wrong_option_is_told_with_what_is_possible(wrong, message):
    with pytest.raises(ValueError, match=message):
        MovieOptions(**wrong)


any_options = st.builds(
    MovieOptions,
    format=st.sampled_from(tuple(FORMATS)),
    scale=st.integers(1, 100),
    fps=st.integers(1, 50),
    palette=st.sampled_from(tuple(PALETTES)),
    labels=st.booleans(),
    repeat=st.sampled_from(tuple(REPEATS)),
)


@given(any_options)
def test_options_come_back_from_a_session_file(options):
    assert MovieOptions.from_settings(options.settings()) == options


def test_what_is_wrong_in_a_session_file_is_left_and_the_rest_taken():
    settings = {"format": "mp4", "scale": "big", "fps": 60, "palette": ["magma"], "labels": None}
    assert MovieOptions.from_settings(settings) == MovieOptions(format="mp4", fps=60)
    assert MovieOptions.from_settings({"format": "gif", "fps": 60}) == MovieOptions()
    assert MovieOptions.from_settings({}) == MovieOptions()


# --- which frames ---------------------------------------------------------------------------------


@given(any_options, st.floats(0.05, 60), st.integers(1, 200), st.booleans())
def test_frames_are_evenly_spread_from_the_start_to_the_end(options, duration_s, steps, closed):
    where = positions(options, duration_s, steps, closed)
    assert where[0] == 0
    assert np.ptp(np.diff(where)) < 1e-9 if len(where) > 2 else True
    if options.format == "strip":
        assert len(where) == steps
    elif closed and options.repeat == "loop" and options.kind.moves:
        # The next frame is the first again.
        assert where[-1] + 1 / len(where) == pytest.approx(1)
        assert abs(len(where) - duration_s * options.fps) <= 1
    else:
        assert where[-1] == 1
        assert abs(len(where) - 1 - duration_s * options.fps) <= 1


@given(any_options, st.integers(1, 300))
def test_a_movie_plays_each_frame_and_never_jumps(options, n):
    order = playing_order(options, n)
    assert order[:n] == list(range(n))
    if options.repeat == "ping-pong" and options.kind.moves and n > 2:
        assert len(order) == 2 * n - 2
        assert all(abs(a - b) == 1 for a, b in pairwise([*order, order[0]]))
    else:
        assert len(order) == n


@pytest.mark.parametrize("format_", ANIMATIONS)
@given(fps=st.integers(1, 50), n=st.integers(1, 200))
def test_frames_are_shown_for_their_time_and_the_movie_for_its(format_, fps, n):
    options = MovieOptions(format=format_, fps=fps)
    durations = movie._durations(n, options)
    tick = options.kind.tick_ms
    assert len(durations) == n
    assert all(duration % tick == 0 for duration in durations)
    assert all(abs(duration - 1000 / fps) < tick for duration in durations)
    assert abs(sum(durations) - 1000 * n / fps) <= tick / 2
    if format_ == "gif":
        assert min(durations) >= 20  # viewers slow down what is shorter


# --- exact pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("palette", PALETTES)
def test_a_palette_has_a_colour_for_every_level(palette):
    table = palette_table(palette)
    assert (table.shape, table.dtype) == ((256, 3), np.uint8)
    # CIE lightness, without which a level could not be told from the next but by its hue.
    linear = np.where(table <= 10.31, table / 255 / 12.92, ((table / 255 + 0.055) / 1.055) ** 2.4)
    lightness = np.cbrt(linear @ [0.2126, 0.7152, 0.0722])
    steps = np.diff(lightness)
    assert (steps < 0).all() if palette == "inverted" else steps.min() > -1e-3
    assert abs(lightness[-1] - lightness[0]) > 0.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("format_", [*ANIMATIONS, "strip", "frames"])
def test_every_level_arrives_as_exactly_its_colour(tmp_path, format_, palette):
    # All 256 levels are in every frame: the colours of a GIF are all used.
    frames = np.stack([np.random.default_rng(s).permutation(256) for s in range(4)])
    frames = frames.astype(np.uint8).reshape(4, 1, 16, 16)
    options = MovieOptions(format=format_, palette=palette, scale=3)
    path = saved(tmp_path, frames, options)
    shown = played(path)[0] if format_ == "strip" else read(path, options)
    if format_ == "strip":
        shown = np.stack([shown[0, :, 50 * index : 50 * index + 48] for index in range(4)])
    np.testing.assert_array_equal(shown, coloured(frames, options))


@pytest.mark.parametrize("format_", ANIMATIONS)
@pytest.mark.parametrize("repeat", REPEATS)
def test_an_animation_has_the_frames_the_times_and_the_repetition(tmp_path, format_, repeat):
    frames = morph(9)
    options = MovieOptions(format=format_, scale=2, fps=30, repeat=repeat)
    shown, durations, loop = played(saved(tmp_path, frames, options))
    order = playing_order(options, 9)
    np.testing.assert_array_equal(shown, coloured(frames, options)[order])
    assert len(shown) == (16 if repeat == "ping-pong" else 9)
    assert sum(durations) == pytest.approx(1000 * len(order) / 30, abs=5)
    once = {"gif": None, "apng": 1, "webp": 1}[format_]
    assert loop == (once if repeat == "once" else 0)


@pytest.mark.parametrize("format_", ANIMATIONS)
@pytest.mark.parametrize("order", ["AAB", "ABBBCCA", "ABCBA", "AB", "AAAB", "ABAB", "AAAA", "A"])
def test_repeated_frames_may_be_merged_but_none_is_lost_and_none_shortened(
    tmp_path, format_, order
):
    pictures = dict(zip("ABC", noise(3, 1, 8, 8), strict=True))
    frames = np.stack([pictures[letter] for letter in order])
    options = MovieOptions(format=format_, scale=2, fps=10, palette="magma")
    shown, durations, _ = played(saved(tmp_path, frames, options))
    if len(shown) == 1:  # a picture, for which no format counts the time
        durations = [100 * len(order)]
    timeline = np.repeat(shown, [round(duration / 100) for duration in durations], axis=0)
    np.testing.assert_array_equal(timeline, coloured(frames, options))


@pytest.mark.parametrize("format_", ["apng", "webp", "frames"])
def test_colour_frames_are_exact(tmp_path, format_):
    frames = noise(4, 3, 16, 16)
    options = MovieOptions(format=format_, scale=2)
    shown = read(saved(tmp_path, frames, options), options)
    np.testing.assert_array_equal(shown, [enlarged(frame, 2) for frame in frames])


def test_a_gif_of_colour_frames_is_close(tmp_path):
    ramp = np.linspace(0, 255, 16).astype(np.uint8)
    red, green = np.meshgrid(ramp, ramp)
    frames = np.stack([np.stack([red, green, np.full_like(red, b)]) for b in (0, 100, 200)])
    options = MovieOptions(scale=2)
    shown = read(saved(tmp_path, frames, options), options).astype(int)
    assert np.abs(shown - [enlarged(frame, 2) for frame in frames]).mean() < 4


def test_a_strip_wraps_where_one_row_would_be_too_wide(tmp_path):
    frames = noise(60, 1, 4, 4)
    options = MovieOptions(format="strip", scale=100, palette="inverted")
    path = saved(tmp_path, frames, options)
    (strip,), _, _ = played(path)
    assert strip.shape[:2] == (2 * 402 - 2, 40 * 402 - 2)
    assert file_size((1, 4, 4), options, 60) == strip.shape[1::-1]
    for index, picture in enumerate(coloured(frames, options)):
        row, column = divmod(index, 40)
        y, x = 402 * row, 402 * column
        np.testing.assert_array_equal(strip[y : y + 400, x : x + 400], picture)
        assert (strip[y : y + 400, x - 2 : x] == 200).all()  # a line between white pictures
    assert (strip[402:, 20 * 402 :] == 255).all()
    assert (strip[400:402] == 255).all()


def test_a_folder_holds_numbered_pictures(tmp_path):
    frames = noise(12, 1, 8, 8)
    options = MovieOptions(format="frames", scale=3, repeat="ping-pong")
    path = saved(tmp_path, frames, options)
    assert sorted(os.listdir(path)) == [f"frame_{number:04}.png" for number in range(1, 13)]
    with Image.open(path / "frame_0001.png") as image:
        assert (image.mode, image.size) == ("L", (24, 24))
    (tmp_path / "colours").mkdir()
    path = saved(tmp_path / "colours", frames, MovieOptions("frames", 3, palette="magma"))
    with Image.open(path / "frame_0012.png") as image:
        assert image.mode == "RGB"  # not a table of colours, which a reader may not expect


# --- labels ---------------------------------------------------------------------------------------


CAPTIONS = [caption_text(0.25 * index, str(index), 0.9) for index in range(4)]


def test_a_caption_says_class_probability_and_time():
    assert caption_text(1.26, "7", 0.984) == "7 (98%)\t1.3 s"
    assert caption_text(0) == "\t0.0 s"


@every_format
@pytest.mark.parametrize("palette", ["grey", "inverted", "viridis"])
def test_a_label_leaves_the_image_exact_and_stands_below_it(tmp_path, format_, palette):
    frames = noise(4, 1, 28, 28)
    options = MovieOptions(format=format_, palette=palette, labels=True, scale=4)
    path = saved(tmp_path, frames, options, CAPTIONS)
    if format_ == "strip":
        shown = played(path)[0][0].reshape(-1, 4 * 114 - 2, 3)
        shown = np.stack([shown[:, 114 * index : 114 * index + 112] for index in range(4)])
    else:
        shown = read(path, options)
    tolerance = 14 if format_ == "mp4" else 0  # noise is the worst there is for a video
    difference = np.abs(shown[:, :112].astype(int) - coloured(frames, options))
    assert np.quantile(difference, 0.99) <= tolerance
    paper = palette_table(palette)[0].astype(int)
    for label in shown[:, 112:]:
        ink = np.abs(label - paper).max(axis=2) > 100
        assert ink[:, :56].any()  # the class
        assert ink[:, 56:].any()  # the time
        rows, columns = np.nonzero(ink)
        assert np.ptp(rows) >= 8  # letters that can be read
        assert 0 < rows.min() < rows.max() < len(label) - 1
        assert 2 < columns.min() < columns.max() < 110
    assert not np.array_equal(shown[0, 112:], shown[1, 112:])


def test_labels_say_what_they_are_given(tmp_path):
    frames = np.zeros((3, 1, 28, 28), np.uint8)
    options = MovieOptions(format="apng", labels=True, scale=4)
    left = saved(tmp_path, frames, options, ["8 (50%)", "8 (50%)\t1.0 s", "\t1.0 s"])
    both = read(left, options)[:, 112:]
    assert not both[0][:, 60:].any()
    assert not both[2][:, :60].any()
    np.testing.assert_array_equal(both[1], np.maximum(both[0], both[2]))


@pytest.mark.parametrize("palette", ["grey", *MAPS])
def test_a_labelled_gif_is_exact(tmp_path, palette):
    """Text in the levels of the image: no 257th colour."""
    frames = np.concatenate([morph(3), noise(1, 1, 28, 28)])
    options = MovieOptions(palette=palette, labels=True, scale=5)
    shown = read(saved(tmp_path, frames, options, CAPTIONS), options)
    for picture, frame, caption in zip(shown, frames, CAPTIONS, strict=True):
        np.testing.assert_array_equal(picture, np.asarray(still(frame, caption, options)))


@every_format
@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("scale", [1, 3, 8])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 7), (1, 1, 1)])
def test_the_size_is_known_before(tmp_path, format_, labels, scale, shape):
    frames = noise(4, *shape)
    options = MovieOptions(format=format_, labels=labels, scale=scale)
    path = saved(tmp_path, frames, options, CAPTIONS if labels else None)
    expected = file_size(shape, options, 4)
    if format_ == "mp4":
        assert video(path)[0]["size"] == expected
        assert expected[0] % 2 == expected[1] % 2 == 0
    else:
        with Image.open(path / "frame_0001.png" if format_ == "frames" else path) as image:
            assert image.size == expected
    if labels:
        assert picture_size(shape, options)[0] >= MIN_LABEL_WIDTH


def test_small_images_stand_in_the_middle_above_their_label(tmp_path):
    frames = np.full((4, 1, 8, 8), 255, np.uint8)
    options = MovieOptions(format="apng", labels=True, scale=2)
    shown = read(saved(tmp_path, frames, options, CAPTIONS), options)
    lit = np.zeros((16, MIN_LABEL_WIDTH), bool)
    lit[:, 48:64] = True
    np.testing.assert_array_equal(shown[0, :16, :, 0] == 255, lit)


@pytest.mark.parametrize("name", ["Ankle boot", "a class with a name that no picture has room for"])
def test_a_long_name_gets_smaller_letters_and_then_dots(name):
    image = np.zeros((1, 28, 28), np.uint8)
    options = MovieOptions(labels=True, scale=4)
    label = np.asarray(still(image, caption_text(1, name, 1.0), options))[112:, :, 0]
    columns = np.flatnonzero((label > 40).any(axis=0))
    assert 2 < columns.min() < columns.max() < 110
    # A gap parts the name from the time.
    assert np.diff(columns).max() >= 3


# --- MP4 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [1, 24, 60])
@pytest.mark.parametrize("repeat", ["loop", "ping-pong"])
def test_a_video_has_its_frames_rate_and_format(tmp_path, fps, repeat):
    options = MovieOptions(format="mp4", fps=fps, repeat=repeat)
    about, frames = video(saved(tmp_path, morph(9), options))
    n = len(playing_order(options, 9))
    assert len(frames) == n
    assert about["fps"] == fps
    assert about["duration"] == pytest.approx(n / fps, abs=0.011)
    assert (about["codec"], about["pix_fmt"]) == ("h264", "yuv420p(tv, bt709, progressive)")
    assert about["size"] == (224, 224)


@pytest.mark.parametrize(("palette", "worst"), [("grey", 6), ("inverted", 6), ("viridis", 12)])
def test_a_video_keeps_levels_and_sharp_squares(tmp_path, palette, worst):
    frames = morph(30)
    options = MovieOptions(format="mp4", palette=palette)
    _, shown = video(saved(tmp_path, frames, options))
    assert np.abs(shown.astype(int) - coloured(frames, options)).max() <= worst


def test_a_video_can_be_played_while_it_comes_in(tmp_path):
    path = saved(tmp_path, morph(5), MovieOptions(format="mp4"))
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_odd_sizes_are_made_even_without_stretching(tmp_path):
    frames = np.full((3, 1, 5, 7), 255, np.uint8)
    about, shown = video(saved(tmp_path, frames, MovieOptions(format="mp4", scale=5)))
    assert about["size"] == (36, 26)
    assert (shown[:, :24, :34] > 245).all()


def test_without_the_package_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert "pip install imageio-ffmpeg" in unavailable()["mp4"]
    options = MovieOptions(format="mp4")
    with pytest.raises(ExportError, match=r"morph\.mp4 cannot be written: .*pip install imageio"):
        saved(tmp_path, morph(3), options)
    assert os.listdir(tmp_path) == []


def test_what_can_be_written_here_is_known(monkeypatch):
    assert unavailable() == {}
    monkeypatch.setattr(features, "check", lambda name: False)
    assert unavailable().keys() == {"webp"}


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """`stand_in(script)` has a shell script take the place of ffmpeg."""
    monkeypatch.setenv("REAL_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())

    def install(script: str) -> None:
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    return install


@pytest.fixture
def children(monkeypatch):
    """The processes that were started."""
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where nothing is but what an export leaves."""
    path = tmp_path / "out"
    path.mkdir()
    return path


@posix
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228", "disk is f"),
        ("cat > /dev/null; echo Unknown encoder. >&2; exit 1", "ended with code 1: Unknown enc"),
        ("exit 3", "ffmpeg ended with code 3"),
        # The limit stops it in the middle of the file, as a full disk does.
        ('ulimit -f 1; exec "$REAL_FFMPEG" "$@"', "ffmpeg ended with code"),
    ],
)
def test_a_video_that_fails_says_why_and_leaves_nothing(folder, stand_in, children, script, reason):
    stand_in(script)
    options = MovieOptions(format="mp4")
    path = target(folder, options)
    path.write_bytes(b"an earlier export")
    with pytest.raises(ExportError, match=rf"morph\.mp4 cannot be written: .*{reason}"):
        write_movie(noise(40, 1, 28, 28), None, path, options)
    assert path.read_bytes() == b"an earlier export"
    assert os.listdir(folder) == ["morph.mp4"]
    assert [child.poll() is None for child in children] == [False]


@posix
def test_a_program_that_does_not_start_is_named(folder, monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(folder / "nothing"))
    with pytest.raises(ExportError, match="nothing does not start: No such file"):
        saved(folder, morph(3), MovieOptions(format="mp4"))
    assert os.listdir(folder) == []


@posix
@pytest.mark.parametrize("asked", [5, 35], ids=["among the frames", "after the last"])
def test_cancelling_a_video_ends_its_process(folder, stand_in, children, asked):
    stand_in("cat > /dev/null; exec sleep 60")
    left = iter(range(asked))
    options = MovieOptions(format="mp4", scale=1)
    path = target(folder, options)
    with pytest.raises(ExportCancelled):
        write_movie(morph(30), None, path, options, None, lambda: next(left, None) is None)
    assert os.listdir(folder) == []
    assert [child.returncode for child in children] == [-signal.SIGKILL]


@posix
def test_whatever_ends_the_export_ends_the_process(folder, stand_in, children):
    stand_in("exec cat > /dev/null")

    def stop(share):
        if share > 0.4:
            raise KeyboardInterrupt

    options = MovieOptions(format="mp4", scale=1)
    with pytest.raises(KeyboardInterrupt):
        write_movie(morph(30), None, target(folder, options), options, stop)
    assert os.listdir(folder) == []
    assert [child.returncode for child in children] == [-signal.SIGKILL]


# --- progress, cancel, and what cannot be done ----------------------------------------------------


@every_format
def test_progress_rises_from_0_to_1(tmp_path, format_):
    seen = []
    options = MovieOptions(format=format_, scale=2)
    write_movie(morph(20), None, target(tmp_path, options), options, seen.append)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(set(seen)) >= 20


@every_format
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_cancelling_at_any_moment_leaves_no_trace(tmp_path, format_, share):
    frames, options = morph(10), MovieOptions(format=format_, scale=2)
    path = target(tmp_path, options)
    if format_ != "frames":
        path.write_bytes(b"an earlier export")
    before = sorted(os.listdir(tmp_path))
    asked = 0

    def cancelled(limit: float) -> bool:
        nonlocal asked
        asked += 1
        return asked > limit

    whole = path.with_name(f"whole{path.suffix}")
    write_movie(frames, None, whole, options, None, lambda: cancelled(math.inf))
    # While a video is compressed one asks by the clock: once is certain.
    last = 10 if format_ == "mp4" else asked - 1
    limit, asked = int(share * last), 0
    with pytest.raises(ExportCancelled):
        write_movie(frames, None, path, options, None, lambda: cancelled(limit))
    assert sorted(os.listdir(tmp_path)) == sorted([*before, whole.name])
    if format_ != "frames":
        assert path.read_bytes() == b"an earlier export"


@every_format
def test_whoever_watches_can_stop_it_to_the_last(tmp_path, format_):
    def stop(share: float) -> None:
        if share == 1:
            raise Cancelled

    options = MovieOptions(format=format_, scale=2)
    with pytest.raises(Cancelled):
        write_movie(morph(3), None, target(tmp_path, options), options, stop)
    assert os.listdir(tmp_path) == []


@every_format
def test_a_frame_is_scaled_when_its_turn_comes(tmp_path, monkeypatch, format_):
    made = []

    def counted(*args, **options):
        made.append(args)
        return scaled(*args, **options)

    monkeypatch.setattr(movie, "scaled", counted)
    options = MovieOptions(format=format_, scale=2)
    with pytest.raises(ExportCancelled):
        write_movie(
            morph(50), None, target(tmp_path, options), options, None, lambda: len(made) > 2
        )
    assert len(made) == 3


@every_format
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "no permission"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_a_failure_while_writing_leaves_what_was(tmp_path, monkeypatch, format_, error, reason):
    options = MovieOptions(format=format_, scale=2)
    path = target(tmp_path, options)
    if format_ != "frames":
        path.write_bytes(b"an earlier export")
    before = os.listdir(tmp_path)

    def fail(_descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportError, match=reason) as caught:
        write_movie(morph(3), None, path, options)
    assert str(path) in str(caught.value)
    assert os.listdir(tmp_path) == before
    if format_ != "frames":
        assert path.read_bytes() == b"an earlier export"


@needs_full_device
@pytest.mark.parametrize("format_", [*ANIMATIONS, "strip"])
def test_a_full_disk_in_the_middle_of_the_movie(tmp_path, monkeypatch, format_):
    monkeypatch.setattr(export, "atomic_write", full_disk)
    with pytest.raises(ExportError, match="the disk is full"):
        saved(tmp_path, morph(3), MovieOptions(format_, labels=True), CAPTIONS[:3])


@every_format
def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path, format_):
    options = MovieOptions(format=format_, scale=1)
    suffix = "".join(options.kind.suffixes[:1])

    def refusal(path) -> str:
        with pytest.raises(ExportError) as caught:
            write_movie(morph(3), None, path, options)
        assert str(path) in str(caught.value)
        return str(caught.value)

    assert "there is no folder" in refusal(tmp_path / "nowhere" / f"a{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    (folder / "content").touch()
    assert "is a folder; choose another name" in refusal(folder)
    assert os.listdir(folder) == ["content"]
    assert "cannot be written" in refusal(tmp_path / ("a" * 300 + suffix))
    if suffix:
        assert "must end in" in refusal(tmp_path / "a.txt")
    else:
        (tmp_path / "file").touch()
        assert "is there already; choose another name" in refusal(tmp_path / "file")


def test_senseless_requests_are_refused_before_anything_is_written(tmp_path):
    grey, colour = noise(3, 1, 8, 8), noise(3, 3, 8, 8)
    labelled = MovieOptions(labels=True)
    for frames, captions, options, message in (
        (grey[:0], None, MovieOptions(), "at least one frame"),
        (grey, None, labelled, "a text for each of the 3 frames; there are 0"),
        (grey, ["one"], labelled, "a text for each of the 3 frames; there are 1"),
        (colour, None, MovieOptions(palette="magma"), "Magma is for one channel; choose Grey"),
        (noise(601, 1, 1, 1), None, MovieOptions(fps=1), "would last 601 seconds, more than 600"),
        (
            noise(302, 1, 1, 1),
            None,
            MovieOptions(fps=1, repeat="ping-pong"),
            "would last 602 seconds",
        ),
        (noise(1, 1, 64, 64), None, MovieOptions("mp4", 70), "4,480 x 4,480 pixels, and few play"),
        (noise(1, 1, 200, 200), None, MovieOptions("frames", 100), "more than 16,383 on a side"),
    ):
        with pytest.raises(ExportError, match=message):
            saved(tmp_path, frames, options, captions)
    assert os.listdir(tmp_path) == []


def test_too_much_for_the_memory_is_told_without_making_it():
    shape = (1, 28, 28)
    check_movie(shape, 380, MovieOptions(scale=31))
    with pytest.raises(ExportError, match=r"The movie would take .* MB of memory, more than 300"):
        check_movie(shape, 400, MovieOptions(scale=31))
    # A way back is twice as much; colours in a table are not, in a WebP they are.
    with pytest.raises(ExportError, match="MB of memory"):
        check_movie(shape, 380, MovieOptions(scale=31, repeat="ping-pong"))
    check_movie(shape, 380, MovieOptions(scale=31, palette="magma"))
    with pytest.raises(ExportError, match="MB of memory"):
        check_movie(shape, 380, MovieOptions("webp", 31, palette="magma"))
    # One frame at a time takes none.
    check_movie(shape, 10_000, MovieOptions("mp4", 100))
    check_movie(shape, 10_000, MovieOptions("frames", 100))


def test_importing_it_loads_neither_palettes_nor_ffmpeg():
    program = (
        "import sys, explorer.movie_dialog\n"
        "print(*(name for name in ('matplotlib', 'imageio_ffmpeg') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
