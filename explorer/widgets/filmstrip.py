"""The pictures in the tracks of the sliders: what one would get at places along each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.widgets.latent_slider import LatentSlider

STOPS = 11  # places along a track
KEY_DECIMALS = 4  # a smaller change of a point is never seen
LOCKED_BRIGHTNESS = 0.4  # of the pictures in a track that nothing but its own slider moves
STRIPS_IN_ONE_GO = 2  # half a millisecond


class Filmstrips:
    """Paints the tracks, all that have changed with one batched decode.

    decode(z): (N, latent_dim) -> (N, C, H, W) uint8. photos: the picture in each slider's track.
    """

    def __init__(self, decode: Callable[[np.ndarray], np.ndarray]) -> None:
        self._decode = decode
        self.photos: dict[LatentSlider, ImageTk.PhotoImage] = {}
        self._painted: dict[LatentSlider, tuple] = {}

    def paint(
        self, sliders: Sequence[LatentSlider], origins: np.ndarray, directions: np.ndarray
    ) -> Iterator[None]:
        """Paint the strips of n sliders, in parts that take less than a frame may be late.

        origins, directions: (n, latent_dim); a slider at the value v stands for the point
        origin + v * direction.
        """
        stale = []
        for index, slider in enumerate(sliders):
            _, _, width, height = slider.track_box
            # While a slider is dragged its own strip stays as it is: only the others change.
            where = np.round([origins[index], directions[index]], KEY_DECIMALS).tobytes()
            key = (width, height, slider.locked, where)
            if width >= STOPS and self._painted.get(slider) != key:
                self._painted[slider] = key
                stale.append(index)
        if not stale:
            return
        points = np.concatenate(
            [origins[index] + np.outer(stops(sliders[index]), directions[index]) for index in stale]
        )
        pixels = self._decode(points)
        strips = np.split(pixels, len(stale))
        for count, (index, strip) in enumerate(zip(stale, strips, strict=True)):
            if count % STRIPS_IN_ONE_GO == 0:
                yield
            self._show(sliders[index], strip)

    def forget(self) -> None:
        """Paint all strips anew the next time; the old pictures stay until then."""
        self._painted.clear()

    def clear(self) -> None:
        """Take all strips away."""
        for slider in self.photos:
            slider.set_strip(None)
        self.photos.clear()
        self._painted.clear()

    def _show(self, slider: LatentSlider, pixels: np.ndarray) -> None:
        _, _, width, height = slider.track_box
        strip = strip_image(pixels, width, height)
        if slider.locked:
            strip = strip.point(lambda level: level * LOCKED_BRIGHTNESS)
        photo = self.photos.get(slider)
        if photo is None or (photo.width(), photo.height()) != strip.size:
            self.photos[slider] = photo = ImageTk.PhotoImage(strip.mode, strip.size, master=slider)
            slider.set_strip(photo)
        photo.paste(strip)


def stops(slider: LatentSlider) -> np.ndarray:
    """The values in the middle of each picture, (STOPS,)."""
    left, _, width, _ = slider.track_box
    return np.array([slider.value_at(left + (k + 0.5) * width / STOPS) for k in range(STOPS)])


def strip_image(pixels: np.ndarray, width: int, height: int) -> Image.Image:
    """Images side by side, each whole and in its proportions in the middle of an equal share.

    The rest of a share is black, as the ground of digits is; a colour image goes on there as it is
    at its edge.

    pixels: (n, C, H, W) uint8 -> a Pillow image of width x height pixels.
    """
    n, channels, rows, columns = pixels.shape
    # Padded to the proportions of a share, so that one resize serves all.
    aspect = width / n / height
    padded_columns = max(columns, round(rows * aspect))
    padded_rows = max(rows, round(columns / aspect))
    top, left = (padded_rows - rows) // 2, (padded_columns - columns) // 2
    around = (top, padded_rows - rows - top), (left, padded_columns - columns - left)
    mode = "edge" if channels == 3 else "constant"
    padded = np.pad(pixels, ((0, 0), (0, 0), *around), mode)
    strip = padded.transpose(1, 2, 0, 3)
    return images.scaled(
        strip.reshape(channels, padded_rows, n * padded_columns), width, height, smooth=True
    )
