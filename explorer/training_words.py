"""How far a training is, in words: at which stage, how long it takes, and what has come of it."""

from __future__ import annotations

from explorer.coverage_words import classes_words
from explorer.training_run import FAILED, FINISHED, KILLED, STOPPED, TrainingRun

STAGES = {
    "importing": "Starting …",
    "data": "Reading the data …",
    "training": "training",
    "encoder": "fitting the encoder",
    "classifier": "training the classifier",
    "density": "fitting the distribution of the encoded images",
    "results": "measuring and writing",
}


def stage(run: TrainingRun) -> str:
    """What it is at, and how much of the way that is."""
    state, settings = run.state, run.settings
    words = STAGES.get(state.stage, state.stage)
    if state.stage == "classifier" and not state.has_trained:
        return "First: training the classifier that it is judged by"
    if settings.family == "gan":
        order = ("training", "encoder", "density")
    elif settings.perceptual:  # whose classifier is needed from the first step on
        order = ("training", "density")
    else:
        order = ("training", "classifier", "density")
    step = "density" if state.stage == "results" else state.stage
    if step not in order:
        return words
    return f"{order.index(step) + 1} of {len(order)}: {words}"


def headline(run: TrainingRun) -> str:
    """How it stands, in a few words."""
    state = run.state
    reached = f"epoch {state.epoch} of {state.epochs}" if state.epochs else "the start"
    if state.what == FINISHED:
        last = state.coverages[-1] if state.coverages else None
        if last is not None:
            return f"Done: {classes_words(last, state.n_classes)}"
        return f"Done: test loss {state.figures['test']['total']:.1f}"
    if state.what == STOPPED:
        kept = f"Stopped in {reached}"
        return kept if state.checkpoint else "Stopped before an epoch was finished"
    if state.what == KILLED:
        return f"Ended in {reached}"
    if state.what == FAILED:
        return "The training has failed"
    if state.stopping:
        return "Stopping …"
    if state.stage == "training" and state.epoch:
        return f"Epoch {state.epoch} of {state.epochs}"
    return stage(run)


def detail(run: TrainingRun) -> str:
    """The rest of how it stands."""
    state = run.state
    if state.what == FINISHED:
        figures = state.figures
        test = figures["test"]
        by = " by the fitted encoder" if run.settings.family == "gan" else ""
        return (
            f"Squared error {test['sse']:.1f}, KL {test['kl']:.1f}{by}; "
            f"{figures['active_dimensions']} of {run.settings.latent_dim} dimensions active. "
            f"In {run.settings.out}"
        )
    if state.ended:
        if state.checkpoint is not None:
            return f"Continue goes on from the checkpoint in {run.settings.out}"
        return "Nothing was kept." if state.what != FAILED else ""
    if state.stage == "data":
        return run.last_lines.rpartition("\n")[2]  # how far a download is
    lines = []
    if state.stage == "training":
        pace = []
        if state.images_per_second:
            pace.append(f"{state.images_per_second:,.0f} images/s")
        if run.remaining_s is not None:
            minutes, seconds = divmod(round(run.remaining_s), 60)
            pace.append(f"{minutes}:{seconds:02d} remaining")
        lines = [stage(run), " · ".join(pace)]
    return "\n".join(filter(None, [*lines, state.message]))
