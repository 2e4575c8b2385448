"""A video from frames that are handed to ffmpeg one by one, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from explorer.export import ExportError
from vae.files import atomic_path

# x264's constant rate factor. Of a morph of MNIST digits at scale 8, grey levels come back with an
# error of 4 of 255 at most in 17 kB for 61 frames; at 18, which passes for "visually lossless" in
# films, with 13, in as much: a flat square costs nothing to keep.
CRF = 8
LOOK_S = 0.05  # between two looks at whether the export was cancelled
# While frames are handed over, ffmpeg is already at work; what it holds back is soon done.
HANDED_OVER = 0.9

NO_FFMPEG = "needs the package imageio-ffmpeg. In this program's Python: pip install imageio-ffmpeg"


@dataclass(frozen=True)
class Footage:
    """What is filmed.

    frames: the bytes of each, row by row, made when their turn comes; count: how many.
    size: (width, height) in pixels, both even. grey: a byte a pixel; else three, RGB.
    fps: frames a second.
    """

    frames: Iterable[bytes]
    count: int
    size: tuple[int, int]
    grey: bool
    fps: int


def write_video(
    footage: Footage,
    path: str | os.PathLike[str],
    progress: Callable[[float], None],
    check: Callable[[], None],
) -> None:
    """Save an MP4.

    progress: called with the share that is done. check: called while ffmpeg finishes. Each may
    raise to end it; then, as after every failure, an earlier file stays as it was.

    Raises:
        ExportError: ffmpeg is missing, does not start or ends with an error.
        OSError: the file cannot be written.
    """
    program = _ffmpeg(path)
    with atomic_path(path) as name, tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                _command(program, footage, name),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise ExportError(f"{path}: {program} does not start: {error.strerror}.") from error
        try:
            for index, frame in enumerate(footage.frames):
                progress(HANDED_OVER * index / footage.count)
                if not _hand_over(process, frame):
                    break
            _wait_for(process, check)
        finally:
            _end(process)
        if process.returncode != 0:
            log.seek(0)
            raise ExportError(f"{path} cannot be written: {_reason(process, log.read())}.")
        progress(1.0)


def _ffmpeg(path: str | os.PathLike[str]) -> str:
    """The program's file: that of the package, else the one of the system."""
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    except ImportError as error:
        raise ExportError(f"{path} cannot be written: MP4 {NO_FFMPEG}.") from error
    except RuntimeError as error:  # a package without the program, as for unusual machines
        raise ExportError(f"{path} cannot be written: {error}") from error


def _command(program: str, footage: Footage, path: Path) -> list[str]:
    """H.264 as every player takes it: 4:2:0, BT.709, the index at the start of the file."""
    colours = (
        "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+area,"
        "format=yuv420p,"
        "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    )
    width, height = footage.size
    source = (
        *("-f", "rawvideo", "-pix_fmt", "gray" if footage.grey else "rgb24"),
        *("-s", f"{width}x{height}", "-r", str(footage.fps), "-i", "pipe:0"),
    )
    target = (
        *("-an", "-vf", colours, "-c:v", "libx264", "-crf", str(CRF)),
        *("-movflags", "+faststart", "-f", "mp4"),
    )
    # Without "file:" a colon in a name would be taken for the end of a protocol's.
    return [program, "-v", "error", "-y", *source, *target, f"file:{os.path.abspath(path)}"]


def _hand_over(process: subprocess.Popen, data: bytes) -> bool:
    """Whether the process has taken the data; if not, its log says why."""
    try:
        process.stdin.write(data)
    except OSError:  # a broken pipe, which Windows calls an invalid argument
        return False
    return True


def _wait_for(process: subprocess.Popen, check: Callable[[], None]) -> None:
    """Let it finish, for as long as nobody cancels."""
    _close(process)
    while process.poll() is None:
        check()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)


def _end(process: subprocess.Popen) -> None:
    """Leave no child behind, whatever has happened."""
    if process.poll() is None:
        process.kill()
    _close(process)
    process.wait()


def _close(process: subprocess.Popen) -> None:
    with contextlib.suppress(OSError):  # it ended before it had read everything
        process.stdin.close()


def _reason(process: subprocess.Popen, log: bytes) -> str:
    lines = log.decode(errors="replace").strip().splitlines()
    if any("No space left" in line for line in lines):
        return "the disk is full"
    ended = f"ffmpeg ended with code {process.returncode}"
    return f"{ended}: {lines[-1].strip().rstrip('.')}" if lines else ended
