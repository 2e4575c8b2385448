"""Small random deformations of training images: turned, scaled and slanted a little.

They are what another writer's hand might have done, so a network trained on them fits the hand and
not the 60,000 sheets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from vae.data import PIXEL_RANGE

N_DRAWS = 6  # random numbers per image


@dataclass(frozen=True)
class Deformation:
    """Largest random deformation; each is drawn uniformly between minus and plus its value.

    rotation: degrees; scale: relative, for width and height on their own; shear: horizontal, in
    heights; shift: pixels.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0


def deform(x: torch.Tensor, deformation: Deformation, draws: torch.Tensor) -> torch.Tensor:
    """Deform every image by its own random affine map, with bilinear interpolation.

    x: (N, C, H, W) in [-1, 1]; draws: (6, N), uniform in [-1, 1]. What comes in from outside the
    image is background. Returns a tensor like x.
    """
    height, width = x.shape[2:]
    angle = draws[0] * math.radians(deformation.rotation)
    scale_x = 1 + draws[1] * deformation.scale
    scale_y = 1 + draws[2] * deformation.scale
    shear = draws[3] * deformation.shear
    cos, sin = angle.cos(), angle.sin()
    # The map from output to input, rows of a 2x3 matrix in the coordinates of affine_grid.
    rows = (
        torch.stack((scale_x * cos, scale_x * (shear * cos - sin), draws[4]), 1),
        torch.stack((scale_y * sin, scale_y * (shear * sin + cos), draws[5]), 1),
    )
    theta = torch.stack(rows, 1)  # (N, 2, 3)
    theta[:, 0, 2] *= 2 * deformation.shift / width
    theta[:, 1, 2] *= 2 * deformation.shift / height
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    background = PIXEL_RANGE[0]
    # grid_sample fills with 0, so the background is moved there and back.
    return F.grid_sample(x - background, grid, align_corners=False) + background
