"""A path as a movie: its frames decoded and labelled, and written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.model import LoadedModel
from explorer.movie import MovieOptions, caption_text, positions, write_movie
from explorer.routes import Route
from explorer.worker import Job

EXPORT_PART = 64  # frames that are decoded and classified between two looks at Cancel; 15 ms
DECODE_SHARE = 0.1  # of the time of an export, until its frames are there


@dataclass(frozen=True)
class PathMovie:
    """A path to be saved; it does not follow later changes on the page.

    route: from shares of the time to points. seconds: of one way. steps: of the path, which are the
    frames of a strip. closed: its last point is its first.
    """

    model: LoadedModel
    route: Route
    seconds: float
    steps: int
    closed: bool

    def write(self, path: Path, options: MovieOptions, job: Job) -> None:
        """Write the file; for the worker.

        Raises:
            Cancelled: the job was cancelled; then, as after an error, the file is as it was before.
            ExportError: the movie would be too large, or can't be written.
        """
        places = positions(options, self.seconds, self.steps, self.closed)
        decoder, names = self.model.decoder, self.model.class_names
        parts, captions = [], []
        for start in range(0, len(places), EXPORT_PART):
            job.progress(DECODE_SHARE * start / len(places))
            part = places[start : start + EXPORT_PART]
            parts.append(decoder.decode_uint8(self.route(part)))
            answers = self.model.probabilities(parts[-1]) if options.labels else None
            captions += [
                caption(names, place * self.seconds, None if answers is None else answers[index])
                for index, place in enumerate(part)
            ]
        write_movie(
            np.concatenate(parts),
            captions if options.labels else None,
            path,
            options,
            progress=lambda share: job.progress(DECODE_SHARE + (1 - DECODE_SHARE) * share),
            cancelled=lambda: job.cancelled,
        )


def caption(names: Sequence[str], seconds: float, answer: np.ndarray | None) -> str:
    """What is written below a frame: the class with its probability, if known, and the time.

    answer: (classes,), what the classifier says of the frame.
    """
    if answer is None:
        return caption_text(seconds)
    best = int(answer.argmax())
    return caption_text(seconds, names[best], float(answer[best]))
