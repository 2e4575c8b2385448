"""What the person reads of the sets of directions: their titles, and how each one is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SetText:
    """What the person reads of a set of directions. line: below the choice; one short line."""

    title: str
    line: str
    tooltip: str


SETS = {
    "attributes": SetText(
        "Attributes",
        "Fitted to what is measured on real digits. A ! marks one that does not do what it says.",
        "Thickness, slant and others are measured on the real digits, in the manner of "
        "Morpho-MNIST (Castro et al. 2019). Each direction is a ridge regression of its attribute "
        "on z, with the other attributes partialled out.",
    ),
    "ganspace": SetText(
        "GANSpace",
        "Principal components of the decoder's activations, the strongest first.",
        "Found without labels: where the decoder's hidden activations vary most, brought back to z "
        "(Härkönen et al. 2020).",
    ),
    "sefa": SetText(
        "SeFa",
        "Singular vectors of the decoder's first map, the strongest first.",
        "Found without labels or images, from the weights alone: what changes most on entering "
        "the decoder (Shen & Zhou 2021).",
    ),
    "metric": SetText(
        "Metric",
        "Eigenvectors of the mean pull-back metric: the most visible change first.",
        "Found without labels: along the first the image changes most on average over the space, "
        "along the last least (E[JᵀJ], J the decoder's Jacobian).",
    ),
    "classes": SetText(
        "Classes",
        "From the mean of one class towards another's.",
        "The difference of two class means: what turns one digit into another on average.",
    ),
    "mine": SetText(
        "Mine",
        "Directions that you have kept for these weights.",
        "Directions that you have kept under a name; they are there at the next start, too.",
    ),
}
