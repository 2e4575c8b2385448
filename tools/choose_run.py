"""Ship the best of several trainings that differ only in their seed: the one with the lowest
training loss, so that the test digits have no say. Its record lists them all.

    python train.py --seed 0 --out runs/0; python train.py --seed 1 --out runs/1
    python -m tools.choose_run runs/0 runs/1
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from vae.files import sha256_of, write_json
from vae.outputs import ASSETS, FILES, RECORD, move_results
from vae.training import LATER_SETTINGS
from vae.weights import read_record

ROOT = Path(__file__).resolve().parent.parent
# What may differ between runs that are compared: the seed, and how fast the machine was. `images`
# follows from the fraction, and older records do not have it.
INCIDENTAL = {"seed", "seconds", "images_per_second", "device", "device_name", "threads", "images"}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Ship the run with the lowest training loss.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="DIR", help="the --out of a training")
    parser.add_argument("--out", type=Path, default=ROOT, metavar="DIR", help="default: here")
    options = parser.parse_args(arguments)
    try:
        best, record = choose([(folder, read_record(folder / RECORD)) for folder in options.runs])
    except ValueError as error:
        parser.error(str(error))
    install(best, record, options.out)
    for row in record["seeds"]:
        mark = "*" if row["chosen"] else " "
        print(
            f"{mark} seed {row['seed']}: training {row['train']['total']:.3f}, "
            f"test {row['test']['total']:.3f}"
        )


def choose(runs: list[tuple[Path, dict[str, Any]]]) -> tuple[Path, dict[str, Any]]:
    """The folder with the lowest training loss, and its record with one row per run.

    Raises ValueError if the runs differ in more than their seed, or a file is not its record's.
    """
    settings = [
        {
            "model": record["model"],
            "dataset": record["dataset"],
            **LATER_SETTINGS,
            **{k: v for k, v in record["training"].items() if k not in INCIDENTAL},
        }
        for _, record in runs
    ]
    for (folder, record), theirs in zip(runs, settings, strict=True):
        if theirs != settings[0]:
            raise ValueError(f"{folder} was trained with other settings than {runs[0][0]}")
        for relative in FILES:
            if sha256_of(folder / relative) != record["files"].get(relative):
                raise ValueError(f"{folder / relative} is not the file of its record")
    best, record = min(runs, key=lambda run: run[1]["final"]["train"]["total"])
    seeds = [
        {**row, "chosen": row["seed"] == record["training"]["seed"]}
        for _, other in runs
        for row in other["seeds"]
    ]
    return best, {**record, "seeds": sorted(seeds, key=lambda row: row["seed"])}


def install(run: Path, record: dict[str, Any], folder: Path) -> None:
    """Copy a run's files into a folder, with this record; complete before any takes its place."""
    (folder / ASSETS).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".chosen-") as name:
        staging = Path(name)
        (staging / ASSETS).mkdir()
        for relative in FILES:
            shutil.copyfile(run / relative, staging / relative)
        write_json(staging / RECORD, record)
        move_results(staging, folder)


if __name__ == "__main__":
    main()
