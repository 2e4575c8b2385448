"""SOAP, the optimiser of the matrices: Adam in the eigenbasis of Shampoo's preconditioner.

Vyas et al. 2024, "SOAP: Improving and Stabilizing Shampoo using Adam", algorithm 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

BETAS = (0.95, 0.95)  # the paper's
EPSILON = 1e-8
REFRESH_EVERY = 10  # steps between two updates of the eigenbases
LONGEST_SIDE = 512  # a longer side (the 1568 features) keeps the identity as its basis


class Soap(torch.optim.Optimizer):
    """SOAP on parameters of two or more dimensions.

    params: tensors (n, ...), each treated as an (n, m) matrix; lr: step size, in the units of
    Adam's. The first step only starts the averages, as in the authors' implementation.
    """

    def __init__(self, params: Iterable[torch.Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter from its gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad.reshape(len(parameter), -1)
                state = self.state[parameter]
                if not state:
                    state.update(_first_state(gradient))
                else:
                    parameter.sub_(_update(gradient, state).view_as(parameter), alpha=group["lr"])


def _first_state(gradient: torch.Tensor) -> dict[str, Any]:
    state = {
        "step": 0,
        "mean": torch.zeros_like(gradient),
        "square": torch.zeros_like(gradient),
    }
    for side, matrix in (("left", gradient), ("right", gradient.T)):
        if not 1 < len(matrix) <= LONGEST_SIDE:
            continue
        covariance = matrix @ matrix.T
        state[side] = covariance * (1 - BETAS[1])
        # Largest eigenvalue first, the order in which the power iteration converges.
        state[f"{side}_basis"] = torch.linalg.eigh(covariance)[1].flip(1).contiguous()
    return state


def _update(gradient: torch.Tensor, state: dict[str, Any]) -> torch.Tensor:
    """The step of unit learning rate for an (n, m) gradient; brings the state up to date."""
    left, right = state.get("left_basis"), state.get("right_basis")
    beta1, beta2 = BETAS
    state["step"] += 1

    # The first moment is kept in the parameter's own coordinates, the second in the eigenbasis.
    state["mean"].lerp_(gradient, 1 - beta1)
    state["square"].lerp_(_rotate(gradient, left, right).square(), 1 - beta2)
    mean = _rotate(state["mean"], left, right) / (1 - beta1 ** state["step"])
    scale = (state["square"] / (1 - beta2 ** state["step"])).sqrt_().add_(EPSILON)
    update = _rotate(mean / scale, _transposed(left), _transposed(right))

    for axis, (side, matrix) in enumerate((("left", gradient), ("right", gradient.T))):
        if side in state:
            state[side].lerp_(matrix @ matrix.T, 1 - beta2)
            if state["step"] % REFRESH_EVERY == 0:
                _refresh(state, side, axis)
    return update


def _refresh(state: dict[str, Any], side: str, axis: int) -> None:
    """One step of orthogonal power iteration towards the eigenbasis (algorithm 4)."""
    covariance, basis = state[side], state[f"{side}_basis"]
    eigenvalues = torch.einsum("ij,ij->j", basis, covariance @ basis)
    order = eigenvalues.argsort(descending=True, stable=True)
    state["square"] = state["square"].index_select(axis, order)
    state[f"{side}_basis"] = torch.linalg.qr(covariance @ basis[:, order])[0]


def _rotate(x: torch.Tensor, left: torch.Tensor | None, right: torch.Tensor | None) -> torch.Tensor:
    """left^T x right, where a missing basis is the identity."""
    if left is not None:
        x = left.T @ x
    return x if right is None else x @ right


def _transposed(basis: torch.Tensor | None) -> torch.Tensor | None:
    return None if basis is None else basis.T
