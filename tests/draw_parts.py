"""What the views of a drawing need around them in a test: a context, and digits that were drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.drawn import DrawnDigit
from explorer.glide import Glide
from explorer.jobs import Jobs
from explorer.state import ExplorerState
from explorer.weights_files import WeightsFiles
from explorer.widgets.status_bar import StatusBar
from explorer.worker import Worker
from vae.posterior import encode_image

if TYPE_CHECKING:
    from explorer.model import LoadedModel
    from tests.conftest import Stage


@dataclass
class Desk:
    """A window's services, real but for what was asked of the window, which is kept here.

    path: what the person answers when asked where to save.
    """

    stage: Stage
    state: ExplorerState
    adopted: list[np.ndarray] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    shelved: list[tuple[Any, Any]] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    weights_opened: list[Path] = field(default_factory=list)
    path: Path | None = None

    def __post_init__(self) -> None:
        root, theme = self.stage.root, self.stage.theme
        self.worker = Worker(root.after)
        self.status = StatusBar(self.stage.frame, theme)
        jobs = Jobs(root, self.worker, self.status, lambda title, text: self.told.append(text))
        self.context = Context(
            root=root,
            theme=theme,
            state=self.state,
            glide=Glide(root, self.state),
            worker=self.worker,
            rng=np.random.default_rng(0),
            notify=lambda message, is_error=False: self.told.append(message),
            adopt=self._adopt,
            clipboard=lambda: (),
            save_path=lambda *question: self.path,
            open_path=lambda *question: None,
            run_job=jobs.run,
            shelve=lambda points, names: self.shelved.append((points, names)),
            travel=lambda points, name: None,
            draw_real=self.opened.append,
            show_posterior=lambda mean, std: None,
            open_weights=self.weights_opened.append,
            weights=WeightsFiles(
                self.worker,
                open_=self.weights_opened.append,
                ask=lambda: self.told.append("which weights?"),
                notify=lambda message, is_error=False: self.told.append(message),
            ),
            guard_close=lambda question: None,
            on_close=lambda callback: None,
        )

    def close(self, pump: Callable[..., None]) -> None:
        """Wait for what is still computed: the timers of its progress would outlive the stage."""
        pump(lambda: not self.worker.busy, what="the worker rests")
        self.worker.close()

    def _adopt(self, z: Any, glide: bool) -> None:
        self.adopted.append(np.array(z))
        self.state.set_z(z)


def real_digit(
    model: LoadedModel, index: int, unknown: np.ndarray | None = None, version: int = 1
) -> DrawnDigit:
    """A bundled digit as it is drawn; unknown: (H, W), pixels that nobody has decided on."""
    image, label = model.encoded.images[index], int(model.encoded.labels[index])
    return drawn_digit(model, image, unknown, f"real digit {index}", label, index, version)


def drawn_digit(
    model: LoadedModel,
    image: np.ndarray,
    unknown: np.ndarray | None = None,
    source: str = "drawing",
    label: int | None = None,
    index: int | None = None,
    version: int = 1,
) -> DrawnDigit:
    """An image (C, H, W) uint8 as it is drawn, encoded if the model can."""
    unknown = np.zeros(image.shape[1:], bool) if unknown is None else unknown
    image = np.where(unknown, 0, image).astype(np.uint8)
    encoder = model.bundle.encoder
    posterior = None if encoder is None else encode_image(encoder, model.decoder, image)
    return DrawnDigit(image.max(axis=0), image, unknown, posterior, source, label, index, version)


def lower_half(model: LoadedModel) -> np.ndarray:
    """The mask of the pixels in the lower half, (H, W)."""
    _, height, width = model.decoder.image_shape
    mask = np.zeros((height, width), bool)
    mask[height // 2 :] = True
    return mask


def settle(pump: Callable[..., None], view: Any, desk: Desk) -> None:
    """Wait until everything that was asked of a view is shown."""
    pump(lambda: view.settled and not desk.worker.busy, what="the view settles")
