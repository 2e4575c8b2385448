"""The regions of a map's classes, and the borders between them, at the picture's resolution."""

from __future__ import annotations

import numpy as np

from explorer.map_fitting import FieldPlace

BORDER_OPACITY = 0.75


def regions(best: np.ndarray, place: FieldPlace, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The class of every pixel, and the line between classes as opacity; two (h, w) uint8.

    Between four cells of the grid, each class's share of a pixel is interpolated linearly, and the
    largest takes it: borders are straight there, not stairs, however coarse the grid. The lead of
    the largest share over the next is a distance from the border, and so antialiases the line.
    """
    before_x, share_x, across = place.cells(best.shape[1], 0)
    before_y, share_y, down = place.cells(best.shape[0], 1)
    next_x, next_y = (min(1, n - 1) for n in best.shape[::-1])
    rows = best.take(before_y + np.round(share_y).astype(np.intp) * next_y, axis=0)
    labels = rows.take(before_x + np.round(share_x).astype(np.intp) * next_x, axis=1)
    border = np.zeros(labels.shape, np.uint8)
    if not (next_x and next_y):
        return labels, border
    first = best[:-1, :-1]
    mixed = (first != best[:-1, 1:]) | (first != best[1:, :-1]) | (first != best[1:, 1:])
    ys, xs = np.nonzero(mixed.take(before_y, axis=0).take(before_x, axis=1))
    if not len(ys):
        return labels, border
    y, x, ty, tx = before_y[ys], before_x[xs], share_y[ys], share_x[xs]
    corners = [best[y, x], best[y, x + 1], best[y + 1, x], best[y + 1, x + 1]]
    weights = [(1 - ty) * (1 - tx), (1 - ty) * tx, ty * (1 - tx), ty * tx]
    totals = [weight.copy() for weight in weights]
    for i in range(4):
        for j in range(i):
            same = corners[i] == corners[j]
            totals[i] += weights[j] * same
            totals[j] += weights[i] * same
    top, label = totals[0].copy(), corners[0].copy()
    for total, corner in zip(totals[1:], corners[1:], strict=True):
        larger = total > top
        np.copyto(top, total, where=larger)
        np.copyto(label, corner, where=larger)
    following = np.zeros_like(top)
    for total, corner in zip(totals, corners, strict=True):
        np.maximum(following, total * (corner != label), out=following)
    labels[ys, xs] = label
    # Along an axis the lead falls from 1 to 0 within half a cell.
    distance = (top - following) * (0.25 * (across + down))
    opacity = np.clip(0.5 * width + 0.5 - distance, 0.0, min(1.0, width))
    border[ys, xs] = (255 * BORDER_OPACITY * opacity).astype(np.uint8)
    return labels, border
