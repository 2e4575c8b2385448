"""What is to be trained, as a person chooses it: every entry is checked beside its field."""

from __future__ import annotations

import os
import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from explorer import theme as look
from explorer.model_words import GAN_LOSSES
from explorer.theme import Button, Combobox, Entry, Frame, Label, Theme, add_tooltip, font
from explorer.training_run import TrainingSettings
from explorer.widgets.number_field import NumberField
from vae.data import DATASET_NAMES

RECON_TEXTS = {
    "sse": "squared error",
    "bce": "cross-entropy",
    "l1": "absolute error",
    "sse-learned-variance": "learned variance",
}
FAMILY_TEXTS = {"vae": "VAE", "gan": "GAN"}
DATASET_TEXTS = {
    "sample": "sample: 9,000 digits",
    "mnist": "mnist: 60,000 digits",
    "fashion-mnist": "fashion-mnist: clothes",
    "kmnist": "kmnist: Kuzushiji",
    "emnist-digits": "emnist-digits: 240,000",
}
MESSAGE_WIDTH = 250  # pixels at 96 dpi
# Name of the setting: text, lowest, highest, step, number of characters, tooltip.
NUMBERS: dict[str, tuple[str, float, float, float, int, str]] = {
    "latent_dim": (
        *("Latent size", 2, 16, 1, 5),
        "The number of latent dimensions. Two can be seen whole on a map, and blur; six are what "
        "the shipped model has; what is too many for the data, the KL divergence leaves unused.",
    ),
    "epochs": (
        *("Epochs", 1, 10_000, 1, 5),
        "Passes over the training images. The learning rate falls to zero at the end of the last, "
        "so that fewer epochs are a shorter training and not one that was broken off.",
    ),
    "learning_rate": (
        *("Rate", 1e-6, 1.0, 0.001, 5),
        "The highest learning rate; it rises to this and falls again. Ten times as much diverges.",
    ),
    "seed": (
        *("Seed", 0, 2**31 - 1, 1, 5),
        "Of the first weights and of the order of the images. The same seed on the same machine "
        "gives the same weights; another one, other dimensions.",
    ),
    "percent": (
        *("Data %", 0.1, 100.0, 5.0, 5),
        "The share of the training images that is learned from. An epoch keeps its steps, so that "
        "trainings on less data are as long.",
    ),
    "beta": (
        *("Beta", 0.01, 100.0, 0.5, 5),
        "The weight of the KL divergence (Higgins et al. 2017). More of it makes samples of the "
        "prior better, and reconstructions blurred; dimensions fall out of use.",
    ),
    "penalty": (
        *("Penalty", 0.0, 1000.0, 0.5, 5),
        "gamma, the weight of R1 and R2: the discriminator's squared gradients on real and on "
        "generated images (Mescheder et al. 2018). Without it the game has no resting place; "
        "minimax is played without it in any case.",
    ),
    "perceptual": (
        *("Features", 0.0, 10_000.0, 0.5, 5),
        "The weight of the distance between an image and its reconstruction in the features of a "
        "digit classifier, in addition; 0 for none. Strokes get crisper, the squared error grows.",
    ),
    "adversarial": (
        *("Game", 0.0, 10_000.0, 0.5, 5),
        "The weight of the loss against a discriminator that learns beside the VAE, in addition; "
        "0 for none (VAE-GAN, Larsen et al. 2016). Strokes get crisper, the squared error grows.",
    ),
    "width": (
        *("Width", 1, 8, 1, 3),
        "Feature maps, in multiples of the plain network's 16 and 32. A wider decoder draws "
        "crisper images, and takes longer to train and to decode.",
    ),
}
# Side by side; the last two of three share a place, as each family has one of them.
ROWS = (
    ("latent_dim", "epochs"),
    ("learning_rate", "seed"),
    ("percent", "beta", "penalty"),
    ("perceptual", "adversarial"),
)
# What only one family has; of the other it goes away.
OWN = {
    "vae": ("beta", "perceptual", "adversarial", "recon_loss"),
    "gan": ("penalty", "gan_loss"),
}
# What a family begins with, where the person has not chosen otherwise.
DEFAULTS = {
    "vae": {"epochs": 20, "learning_rate": 4e-3},
    "gan": {"epochs": 60, "learning_rate": 5e-3},
}


class TrainingForm(Frame):
    """Shows settings of a training and asks for them.

    fresh_folder(settings): a folder for its results that is not there yet; it follows the choices
    until the person names another. on_change(): something was chosen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        settings: TrainingSettings,
        fresh_folder: Callable[[TrainingSettings], Path],
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fresh_folder = fresh_folder
        self._on_change = on_change
        self._own_folder = False
        self._messages: dict[str, Label] = {}
        self._parts: dict[str, tuple[tk.Misc, ...]] = {}  # what shows a setting, by its name
        self._family = "vae"
        self.fields: dict[str, NumberField] = {}

        self.family_box = Combobox(
            self, state="readonly", width=6, values=list(FAMILY_TEXTS.values())
        )
        self.family_box.bind("<<ComboboxSelected>>", lambda event: self._choose_family())
        add_tooltip(
            self.family_box,
            "How the decoder learns. VAE: with an encoder before it, to reproduce images. GAN: "
            "against a discriminator, to draw what it takes for real; the encoder is fitted "
            "afterwards. Both give the same kind of file, and every page opens with either.",
        )
        self.dataset_box = Combobox(
            self, state="readonly", width=20, values=[DATASET_TEXTS[n] for n in DATASET_NAMES]
        )
        self.dataset_box.bind("<<ComboboxSelected>>", lambda event: self._chosen(self.dataset_box))
        add_tooltip(
            self.dataset_box,
            "The images to learn from. The sample is part of the program. The others are "
            "downloaded, if they are not in the data folder, and need torchvision.",
        )
        self._data = tk.StringVar(self)
        self._out = tk.StringVar(self)
        self.data_row, self.data_entry = self._path_row(
            self._data,
            "Data folder",
            "Where the data sets are, in torchvision's layout (MNIST in MNIST/raw), or where they "
            "are downloaded to.",
        )
        self.recon_box = Combobox(
            self, state="readonly", width=16, values=list(RECON_TEXTS.values())
        )
        self.recon_box.bind("<<ComboboxSelected>>", lambda event: self._chosen(self.recon_box))
        add_tooltip(
            self.recon_box,
            "How a reconstruction is compared with its image: squared error (a Gaussian of fixed "
            "variance), cross-entropy (pixels as probabilities), absolute error (Laplace), or "
            "squared error with a variance that is learned. The curve shows squared error + KL in "
            "every case.",
        )
        self.game_box = Combobox(self, state="readonly", width=16, values=list(GAN_LOSSES.values()))
        self.game_box.bind("<<ComboboxSelected>>", lambda event: self._chosen(self.game_box))
        add_tooltip(
            self.game_box,
            "What generator and discriminator play for. Relativistic pairing: which of a real and "
            "a generated image is the more real, with both penalties (Huang et al. 2024); the most "
            "stable. Non-saturating: each image alone (Goodfellow et al. 2014), with R1. Minimax: "
            "the game of the theorem, a lesson in instability.",
        )
        self.out_row, self.out_entry = self._path_row(
            self._out,
            "Results to",
            "The folder that the trained model is written to; a new one, unless you name another.",
        )

        self._family_row(0)
        self._grid_row(3, "Data", self.dataset_box, "dataset")
        self._grid_row(5, "", self.data_row, "data_dir")
        for index, names in enumerate(ROWS):
            self._number_row(7 + 4 * index, names)
        self._grid_row(23, "Error", self.recon_box, "recon_loss")
        self._grid_row(25, "Game", self.game_box, "gan_loss")
        self._grid_row(27, "To", self.out_row, "out")
        self._order_of_tab()
        for column in (1, 3):
            self.columnconfigure(column, weight=1, uniform="fields")
        self._out.trace_add("write", lambda *_: self._folder_typed())
        self._setting = False
        theme.subscribe(self, lambda palette: self._colour())
        self.show(settings)

    # ---- what is chosen --------------------------------------------------------------------------

    @property
    def settings(self) -> TrainingSettings:
        """What is chosen; typed numbers that are wrong are left as they were."""
        number = {name: field.number for name, field in self.fields.items()}
        return TrainingSettings(
            out=_folder(self._out.get()),
            family=self._family,
            dataset=DATASET_NAMES[self.dataset_box.current()],
            data_dir=_folder(self._data.get()),
            fraction=number.pop("percent") / 100,
            recon_loss=tuple(RECON_TEXTS)[self.recon_box.current()],
            gan_loss=tuple(GAN_LOSSES)[self.game_box.current()],
            **number,
        )

    @property
    def messages(self) -> dict[str, str]:
        """What is wrong, by setting."""
        texts = {name: label.cget("text") for name, label in self._messages.items()}
        return {name: text for name, text in texts.items() if text}

    def show(self, settings: TrainingSettings) -> None:
        """Show settings, without telling anybody."""
        self.dataset_box.current(DATASET_NAMES.index(settings.dataset))
        self.recon_box.current(tuple(RECON_TEXTS).index(settings.recon_loss))
        self.game_box.current(tuple(GAN_LOSSES).index(settings.gan_loss))
        self.family_box.current(tuple(FAMILY_TEXTS).index(settings.family))
        self._family = settings.family
        for name, field in self.fields.items():
            value = 100 * settings.fraction if name == "percent" else getattr(settings, name)
            field.set_number(value)
        self._name_folders(settings.out, settings.data_dir)
        self._show_data_row()
        self._show_family()

    def use_fresh_folder(self) -> None:
        """Name a new folder for the next results."""
        self._own_folder = False
        self._follow()

    def check(self) -> bool:
        """Take over what is typed, and say beside the fields what is wrong; whether nothing is."""
        right = [field.commit() for name, field in self.fields.items() if self._has(name)]
        out, data = self._out.get().strip(), self._data.get().strip()
        self.tell("out", "" if out else "Name a folder for the results.")
        if out and os.path.isfile(_folder(out)):
            self.tell("out", f"{Path(out).name} is a file; name a folder.")
        if "\0" in out + data:  # no system has such names, and Python raises for them
            self.tell("out", "Name folders without the character 0.")
        needs_data = self.settings.dataset != "sample"
        self.tell("data_dir", "Name a folder for the data." if needs_data and not data else "")
        if needs_data and data and os.path.isfile(_folder(data)):
            self.tell("data_dir", f"{Path(data).name} is a file; name a folder.")
        return all(right) and not self.messages

    def tell(self, setting: str, message: str) -> None:
        """Say something beside a setting; an empty text takes it away."""
        label = self._messages[setting]
        label.configure(text=message)
        if message:
            label.grid()
        else:
            label.grid_remove()

    def enable(self, on: bool) -> None:
        """Let the person choose, or not while a training runs."""
        for box in (self.family_box, self.dataset_box, self.recon_box, self.game_box):
            box.configure(state="readonly" if on else "disabled")
        controls = [*self.fields.values(), self.data_entry, self.out_entry, *self._choosers]
        for control in controls:
            control.configure(state="normal" if on else "disabled")

    # ---- building --------------------------------------------------------------------------------

    def _family_row(self, row: int) -> None:
        """The family, and how wide its networks are."""
        px = self._theme.px
        Label(self, text="Model").grid(row=row, column=0, sticky="w", padx=(0, px(6)))
        self.family_box.grid(row=row, column=1, sticky="ew", pady=px(2))
        self._message_row(row + 1, "family")
        self._number(row, 1, "width")
        self._message_row(row + 2, "width")

    def _grid_row(self, row: int, text: str, control: tk.Misc, setting: str) -> None:
        px = self._theme.px
        parts = [control]
        if text:
            parts.append(Label(self, text=text))
            parts[-1].grid(row=row, column=0, sticky="w", padx=(0, px(6)))
        control.grid(row=row, column=1, columnspan=3, sticky="ew", pady=px(2))
        self._parts[setting] = tuple(parts)
        self._message_row(row + 1, setting)

    def _number_row(self, row: int, names: tuple[str, ...]) -> None:
        """Two numbers side by side."""
        for index, name in enumerate(names):
            self._number(row, min(index, 1), name)
            self._message_row(row + 1 + index, name)

    def _number(self, row: int, side: int, name: str) -> None:
        px = self._theme.px
        text, low, high, step, width, tip = NUMBERS[name]
        field = NumberField(
            self,
            what=text,
            number=low,
            low=low,
            high=high,
            step=step,
            width=width,
            on_change=lambda number: self._follow(),
            on_error=lambda message: self.tell(name, message),
        )
        add_tooltip(field, tip)
        label = Label(self, text=text)
        label.grid(row=row, column=2 * side, sticky="w", padx=(px(8) if side else 0, px(6)))
        field.grid(row=row, column=2 * side + 1, sticky="ew", pady=px(2))
        self.fields[name] = field
        self._parts[name] = (label, field)

    def _order_of_tab(self) -> None:
        """Let Tab go from the top to the bottom: Tk goes by what was raised last."""
        fields = [self.fields[name] for names in ROWS for name in names]
        for control in (
            *(self.family_box, self.fields["width"], self.dataset_box, self.data_row),
            *fields,
            *(self.recon_box, self.game_box, self.out_row),
        ):
            control.tkraise()

    def _message_row(self, row: int, setting: str) -> None:
        # In the form's own grid: a frame whose last message goes would keep its height.
        label = Label(
            self,
            text="",
            font=font(8),
            wraplength=self._theme.px(MESSAGE_WIDTH),
            justify="left",
        )
        label.grid(row=row, column=0, columnspan=4, sticky="w")
        label.grid_remove()
        self._messages[setting] = label

    def _path_row(self, variable: tk.StringVar, what: str, tip: str) -> tuple[Frame, Entry]:
        row = Frame(self)
        entry = Entry(row, textvariable=variable, width=20, font=font(9))
        button = Button(row, text="…", width=2, command=lambda: self._choose_folder(variable, what))
        entry.grid(row=0, column=0, sticky="ew")
        button.grid(row=0, column=1, padx=(self._theme.px(4), 0))
        row.columnconfigure(0, weight=1)
        add_tooltip(entry, f"{what}. {tip}")
        add_tooltip(button, f"Choose another folder. {tip}")
        self._choosers = [*getattr(self, "_choosers", ()), button]
        # Of a long path its end is what tells folders apart.
        for event in ("<Configure>", "<FocusOut>"):
            entry.bind(event, lambda event: entry.xview_moveto(1.0), "+")
        return row, entry

    def _name_folders(self, out: Path, data: Path | None = None) -> None:
        """Show folders, as the form's own choice."""
        self._setting = True
        self._out.set(str(out))
        if data is not None:
            self._data.set(str(data))
        self._setting = False
        for entry in (self.out_entry, self.data_entry):
            entry.xview_moveto(1.0)

    # ---- what the person does --------------------------------------------------------------------

    def _has(self, setting: str) -> bool:
        """Whether the chosen family has a setting."""
        return all(setting not in names for family, names in OWN.items() if family != self._family)

    def _choose_family(self) -> None:
        """Show what the other family has; what was left as it began begins as that one does."""
        self.family_box.selection_clear()
        before, self._family = self._family, tuple(FAMILY_TEXTS)[self.family_box.current()]
        for name, number in DEFAULTS[before].items():
            if self.fields[name].number == number:
                self.fields[name].set_number(DEFAULTS[self._family][name])
        self._show_family()
        self._follow()

    def _show_family(self) -> None:
        for name in (name for names in OWN.values() for name in names):
            for part in self._parts[name]:
                if self._has(name):
                    part.grid()
                else:
                    part.grid_remove()
            if not self._has(name):
                self.tell(name, "")

    def _chosen(self, box: Combobox) -> None:
        box.selection_clear()
        self._show_data_row()
        self._follow()

    def _choose_folder(self, variable: tk.StringVar, what: str) -> None:
        now = _folder(variable.get())
        found = look.ask_folder(
            self, what, next((p for p in (now, *now.parents) if os.path.isdir(p)), None)
        )
        if found is not None:
            variable.set(str(found))

    def _folder_typed(self) -> None:
        if not self._setting:
            self._own_folder = True
            self._on_change()

    def _follow(self) -> None:
        """Name the folder after what is chosen, unless the person has named one."""
        if not self._own_folder:
            self._name_folders(self._fresh_folder(self.settings))
        self._on_change()

    def _show_data_row(self) -> None:
        if DATASET_NAMES[self.dataset_box.current()] == "sample":
            self.tell("data_dir", "")
            self.data_row.grid_remove()
        else:
            self.data_row.grid()

    def _colour(self) -> None:
        for label in self._messages.values():
            label.configure(foreground=self._theme.palette.warning)


def _folder(text: str) -> Path:
    """The folder that is meant by what was typed, from the root: the training runs elsewhere.

    Every text is one while it is being typed; Path.expanduser would raise for `~nobody`.
    """
    return Path(os.path.abspath(os.path.expanduser(text.strip())))


# Settings that a session file keeps; folders are of this machine and this time.
KEPT = tuple(
    entry.name for entry in fields(TrainingSettings) if entry.name not in ("out", "data_dir")
)
CHOICES = {
    "family": tuple(FAMILY_TEXTS),
    "dataset": DATASET_NAMES,
    "recon_loss": tuple(RECON_TEXTS),
    "gan_loss": tuple(GAN_LOSSES),
}


def kept_settings(settings: TrainingSettings) -> dict[str, Any]:
    """What a session file keeps."""
    return {name: getattr(settings, name) for name in KEPT}


def sound_settings(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is usable of kept settings."""
    found: dict[str, Any] = {}
    for name, choices in CHOICES.items():
        if kept.get(name) in choices:
            found[name] = kept[name]
    for name, (_, low, high, step, *_) in NUMBERS.items():
        name, factor = ("fraction", 100.0) if name == "percent" else (name, 1.0)
        value = kept.get(name)
        kinds = (int,) if isinstance(step, int) else (int, float)
        if type(value) in kinds and low / factor <= value <= high / factor:
            found[name] = value
    return found
