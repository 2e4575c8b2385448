"""The report's parts on GANs: each loss on half of the data, and the sweep of the settings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.study_game_pictures import COURSE_NAME, EPOCHS_NAME, SAMPLES_NAME
from benchmarks.study_pictures import plot_name
from benchmarks.study_plan import (
    BESIDE,
    GAMES,
    GANS,
    SWEEP,
    SWEEP_RUNS,
    Study,
)
from benchmarks.study_results import Results, Run, Spread
from benchmarks.study_words import (
    CLASSES,
    FOLDER,
    NAMES,
    PRIOR,
    against_reference,
    answers,
    as_list,
    digits_of,
    listed,
    measured,
    table,
    told,
)

N_CLASSES = 10
SPOKEN = ("frechet", "precision", "recall", "coverage", "effective")
SWEPT = {key: (PRIOR | CLASSES)[key] for key in ("frechet", "precision", "recall", "effective")}
SWEPT["processor_seconds"] = CLASSES["processor_seconds"]
# A GAN, and the VAE that saw the same images in as many steps.
PAIRS = tuple(zip(("gan", "gan-half"), BESIDE, strict=True))


def games_section(results: Results) -> Iterator[str]:
    """The part on the losses of the game."""
    yield f"## {GAMES.title}"
    yield GAMES.question
    if GANS.name in results.training:
        yield _settings_told(results)
    rows = (*BESIDE, *GAMES.members)
    yield table(rows, results, PRIOR)
    yield table(rows, results, CLASSES)
    yield f"![{GAMES.title}: the figures of every run]({FOLDER}/{plot_name(GAMES)})"
    lines = [*_against_vaes(results), *answers(GAMES, results, SPOKEN)]
    lines += [*_coverage(results), *_collapses(results)]
    if lines:
        yield as_list(lines)
    if _runs(results):
        yield (
            "As it happened: after every epoch 2,000 samples were judged. The discriminator's loss "
            "is the mean of the last epoch, in nats, beside that of one to which all images are "
            "alike. It does not tell how good or how varied the samples are."
        )
        yield f"![Every run of the GANs, epoch by epoch]({FOLDER}/{EPOCHS_NAME})"
        yield _course_table(results)
        yield (
            "Samples of the prior. The points z are the same for every network, but each has "
            "another digit at them. Real digits in the first row."
        )
        yield f"![Samples of every run, and real digits]({FOLDER}/{SAMPLES_NAME})"
        worst = worst_run(results)
        yield (
            f"The run that ends with the lowest effective number of classes, "
            f"{worst.figures['effective']:.2f}, is seed {worst.seed} of "
            f"{GAMES.label(worst.name)}. Its samples epoch by epoch, always of the same points:"
        )
        yield f"![The samples of one run after every epoch]({FOLDER}/{COURSE_NAME})"


def sweep_section(results: Results) -> Iterator[str]:
    """The part on the settings."""
    yield f"## {SWEEP.title}"
    yield f"{SWEEP.question}{_sweep_told(results)}"
    yield table(SWEEP.members, results, SWEPT)
    lines = list(_sweep_answers(results))
    if lines:
        yield as_list(lines)


def games_in_short(results: Results) -> Iterator[str]:
    """The losses of the game in a few sentences, as far as there are runs."""
    sentences = list(_against_vaes(results, keys=("frechet", "recall")))
    members = measured(GAMES, results, "frechet")
    if len(members) > 1:
        sentences.append(
            f"Fréchet distance of prior samples: {against_reference(GAMES, members, 'frechet')}."
        )
    sentences += [*_coverage(results), *_collapses(results)]
    if sentences:
        yield f"**{GAMES.title}.** {_plain(sentences)}"


def sweep_in_short(results: Results) -> Iterator[str]:
    """The sweep in a sentence or two."""
    sentences = list(_sweep_answers(results))[:1]
    if sentences:
        yield f"**{SWEEP.title}.** {_plain(sentences)}"


def worst_run(results: Results) -> Run | None:
    """The run of the losses with the fewest effective classes at its end; None if there is none."""
    return min(_runs(results), key=lambda run: run.figures["effective"], default=None)


def _runs(results: Results) -> list[Run]:
    return [run for configuration, _ in GAMES.members for run in results.of(configuration.name)]


def _settings_told(results: Results) -> str:
    training = results.training[GANS.name]
    first, second = training["discriminator_channels"]
    half_life = training["average_images"]
    every = training["penalty_every"]
    return (
        f"The generator is the decoder, with six dimensions; the discriminator has the shape of "
        f"the encoder, with {first} and {second} feature maps. {training['epochs']} epochs of "
        f"{training['dataset']['train_images']:,} images, whether all or a half is used, as of the "
        f"VAEs beside them, and batches of {training['batch_size']}; Adam without momentum, peak "
        f"learning rate {training['learning_rate']:g} of both players after "
        f"{training['warm_up_steps']} steps, then down to 0 along a cosine; gamma, the weight of "
        f"the penalties, {training['penalty']:g}{_lazily(every)}. Measured is the generator's "
        f"moving average, with a half-life of {half_life:,} images. The images are not deformed. "
        f"All three losses have the settings that were chosen for the relativistic one."
    )


def _lazily(every: int) -> str:
    return "" if every == 1 else f", the penalties at one step in {every}, {every} times as strong"


def _against_vaes(results: Results, keys: Sequence[str] = SPOKEN) -> Iterator[str]:
    """A GAN against the VAE that saw the same images, figure by figure."""
    for gan, (vae, name) in PAIRS:
        found: dict[str, list[str]] = {"above": [], "below": [], "not apart from": []}
        for key in keys:
            ours, theirs = results.spread(gan, key), results.spread(vae.name, key)
            if ours is None or theirs is None:
                continue
            way = "not apart from"
            if ours.is_apart_from(theirs):
                way = "above" if ours.mean > theirs.mean else "below"
            digits = digits_of(key)
            found[way].append(f"{NAMES[key]} ({told(ours, digits)} against {told(theirs, digits)})")
        parts = [f"{way} it in {listed(figures)}" for way, figures in found.items() if figures]
        if parts:
            yield f"**{_capital(GAMES.label(gan))}, against the {name}**: {'; '.join(parts)}."


def _coverage(results: Results) -> Iterator[str]:
    """In how many runs of each loss all classes are there, at the end."""
    found = []
    for configuration, label in GAMES.members:
        spread = results.spread(configuration.name, "classes")
        if spread is None:
            continue
        whole = sum(value == N_CLASSES for value in spread.values)
        n = len(spread.values)
        if whole == n:
            found.append(f"{label} in {'every run' if n > 1 else 'the one run'}")
        else:
            counts = listed([f"{value:.0f}" for value in spread.values])
            found.append(f"{label} in {whole} of {n} (covered are {counts})")
    if found:
        yield f"**Classes covered**, all ten of them: {'; '.join(found)}."


def _collapses(results: Results) -> Iterator[str]:
    """Which runs have lacked classes after some epoch, and how many at worst."""
    runs = _runs(results)
    found = []
    for run in runs:
        fewest = min(epoch["coverage"]["classes"] for epoch in run.epochs)
        if fewest < N_CLASSES:
            found.append(f"seed {run.seed} of {GAMES.label(run.name)} ({fewest} at worst)")
    if found:
        yield f"**Collapse**: classes were lacking after an epoch in {listed(found)}."
    elif runs:
        yield (
            f"**Collapse**: none. Each of {len(runs)} runs covers all ten classes after every "
            f"epoch."
        )


def _course_table(results: Results) -> str:
    """From the first epoch to the last, over the runs of each loss."""
    headings = (
        "Fréchet after the first epoch",
        "after the last",
        "Fewest classes after any",
        "Discriminator's loss at the end",
        "where it cannot tell",
    )
    rows = [
        ["", *headings],
        [":--", *("--:" for _ in headings)],
    ]
    for configuration, label in GAMES.members:
        runs = results.of(configuration.name)
        if not runs:
            continue
        ends = (
            Spread(tuple(run.epochs[place]["coverage"]["frechet"] for run in runs))
            for place in (0, -1)
        )
        fewest = min(epoch["coverage"]["classes"] for run in runs for epoch in run.epochs)
        loss = Spread(tuple(run.epochs[-1]["train"]["discriminator"] for run in runs))
        # All its logits are 0, of pairs or of single images.
        is_paired = configuration.train_config(0, 1).gan_loss == "relativistic"
        undecided = math.log(2) * (1 if is_paired else 2)
        cells = [*(told(end, 3) for end in ends), str(fewest), told(loss, 3), f"{undecided:.3f}"]
        rows.append([label, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _sweep_told(results: Results) -> str:
    training = results.training.get(SWEEP_RUNS.name)
    if training is None:
        return ""
    return (
        f" {training['epochs']} epochs of all images with the {training['gan_loss']} loss, "
        f"otherwise as in the study above. One seed does not tell small differences from chance."
    )


def _sweep_answers(results: Results) -> Iterator[str]:
    members = dict(measured(SWEEP, results, "frechet"))
    chosen = members.pop(SWEEP.label(SWEEP.reference), None)
    if chosen is None or not members:
        return
    yield _sides(chosen, members)
    yield from _choice(chosen, members)
    yield from _costs(SWEEP, results)


def _sides(chosen: Spread, members: dict[str, Spread]) -> str:
    """Which settings lie wholly below those that were chosen, which above, and which do neither."""
    sides: dict[str, list[str]] = {"below": [], "above": [], "neither": []}
    for label, spread in members.items():
        side = "neither"
        if max(spread.values) < min(chosen.values):
            side = "below"
        elif min(spread.values) > max(chosen.values):
            side = "above"
        sides[side].append(f"{label} ({told(spread, digits_of('frechet'))}{_runs_told(spread)})")
    found = "; ".join(f"{side}: {listed(names)}" for side, names in sides.items() if names)
    return (
        f"**{_capital(NAMES['frechet'])}**: {SWEEP.label(SWEEP.reference)} "
        f"{told(chosen, digits_of('frechet'))}{_runs_told(chosen)}; with every run {found}."
    )


def _runs_told(spread: Spread) -> str:
    n = len(spread.values)
    return ", one run" if n == 1 else f", {n} runs"


def _choice(chosen: Spread, members: dict[str, Spread]) -> Iterator[str]:
    """Whether anything speaks for other settings than those that were chosen."""
    if len(chosen.values) < 2:
        return
    room = max(chosen.values) - min(chosen.values)
    better = [label for label, spread in members.items() if chosen.mean - spread.mean > room]
    text = (
        f"lower than the mean of the runs as chosen by more than these differ among themselves, "
        f"{room:.{digits_of('frechet')}f}"
    )
    if better:
        yield f"**Choice**: {text}, is {listed(better)}."
    else:
        yield f"**Choice**: none is {text}; so nothing spoke for other settings."


def _costs(study: Study, results: Results) -> Iterator[str]:
    """What a setting costs, where that is far from what the chosen one does."""
    by_label = dict(measured(study, results, "processor_seconds"))
    chosen = by_label.pop(study.label(study.reference))
    dearer = [
        f"{label} {spread.mean / chosen.mean:.1f} times"
        for label, spread in by_label.items()
        if abs(spread.mean / chosen.mean - 1) > 0.15
    ]
    if dearer:
        yield (
            f"**Time**: {told(chosen, 0)} processor seconds as chosen; {listed(dearer)} as long. "
            f"The others differ by less than 15%."
        )


def _plain(sentences: Sequence[str]) -> str:
    """One paragraph, without what is bold in a list."""
    return " ".join(sentences).replace("**", "")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
