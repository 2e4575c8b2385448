"""What stands below the snapshots of a training: its losses, or the classes that a GAN covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.widgets.epoch_curves import EpochCurves
    from vae.history import History

LOSS_TIP = (
    "Squared error + KL of the training and the test images, by epoch. Epochs with snapshots are "
    "equally far apart, as above. Click to go to an epoch. Training images that are deformed are "
    "also blurred a little, and so easier: where the deformation ends, their loss rises."
)
COVERAGE_TIP = (
    "How many classes the samples of the generator are of, and as how many even ones, by epoch; "
    "what is lacking is filled. Epochs with snapshots are equally far apart, as above. Click to go "
    "to an epoch."
)


def show_course(curve: EpochCurves, history: History) -> str:
    """Draw the course of a training, with its snapshots equally far apart; returns its explanation.

    Of a GAN the classes: the losses of its game do not tell how good it is.
    """
    knots = history.epochs if len(history) > 1 else (0, max(1, history.last_epoch))
    if history.is_gan and history.coverages:
        coverages = history.coverages.values()
        curve.show_coverage(
            list(history.coverages),
            [coverage.classes for coverage in coverages],
            [coverage.effective_classes for coverage in coverages],
            history.n_classes,
            knots,
        )
    elif history.losses and not history.is_gan:
        epochs = sorted(history.losses)
        losses = [history.losses[epoch] for epoch in epochs]
        curve.show(
            epochs,
            [loss.train["total"] for loss in losses],
            [loss.test["total"] for loss in losses],
            knots,
        )
    else:
        what = "coverage" if history.is_gan else "losses"
        curve.clear(f"The record of these weights has no {what}.")
    return COVERAGE_TIP if history.is_gan else LOSS_TIP
