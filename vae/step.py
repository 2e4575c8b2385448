"""One optimisation step: the loss as it is computed fast, and its capture in a CUDA graph."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from vae.augment import Deformation, deform
from vae.losses import kl_divergence, reconstruction_loss, squared_error
from vae.model import VAE, Decoder, reparameterise
from vae.soap import Soap

WARM_UP_STEPS = 3  # before a capture, so that cuDNN and the allocator have settled


def batch_losses(
    vae: VAE, x: torch.Tensor, noise: torch.Tensor, recon_loss: str = "sse", beta: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is minimised, and what is reported whatever is minimised, all summed over the batch.

    x: (N, C, H, W) in [-1, 1]; noise: (N, latent_dim), drawn from N(0, I). recon_loss: a name of
    `vae.losses.RECON_LOSSES`; beta: weight of the KL divergence (Higgins et al. 2017).

    Returns three scalars: reconstruction loss + beta * KL, with gradients; squared error; KL
    divergence.
    """
    return losses_of(*forward_before_tanh(vae, x, noise), x, recon_loss, beta)


def losses_of(
    before_tanh: torch.Tensor,
    mu: torch.Tensor,
    logvar: torch.Tensor,
    x: torch.Tensor,
    recon_loss: str,
    beta: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """As `batch_losses`, of what `forward_before_tanh` has made of x."""
    kl = kl_divergence(mu, logvar).sum()
    reconstruction = reconstruction_loss(recon_loss, before_tanh, x)
    if recon_loss == "sse":
        sse = reconstruction
    else:
        with torch.no_grad():
            sse = squared_error(torch.tanh(before_tanh), x).sum()
    return reconstruction + beta * kl, sse.detach(), kl.detach()


def forward_before_tanh(
    vae: VAE, x: torch.Tensor, noise: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """`VAE.forward` without the decoder's last tanh; on the CPU by the folded path."""
    if x.device.type == "cpu":
        return folded_forward(vae, x, noise)
    mu, logvar = vae.encoder(x)
    return decode_before_tanh(vae.decoder, reparameterise(mu, logvar, noise)), mu, logvar


def decode_before_tanh(decoder: Decoder, z: torch.Tensor) -> torch.Tensor:
    """`Decoder.forward` without its last tanh; on the CPU by the folded path.

    z: (N, latent_dim) -> (N, C, H, W).
    """
    if z.device.type == "cpu":
        return folded_decode(decoder, z)
    h = decoder.linear(z).view(-1, *decoder.config.grid)
    return decoder.deconv_stack[:-1](h)


def folded_forward(
    vae: VAE, x: torch.Tensor, noise: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What `VAE.forward` returns before its last tanh, in two thirds of its time on a CPU.

    The activations stay in channels_last, which the CPU's convolutions are fastest in, without a
    copy: both heads of the encoder are one product, whose weights are reordered rather than they.
    """
    encoder = vae.encoder
    maps, rows, columns = vae.config.grid
    h = encoder.conv_stack(x).permute(0, 2, 3, 1).reshape(len(x), -1)  # (N, 7 * 7 * 32)
    heads = torch.cat((encoder.fc_mu.weight, encoder.fc_logvar.weight))  # (12, 1568)
    heads = heads.view(-1, maps, rows * columns).transpose(1, 2).reshape(len(heads), -1)
    bias = torch.cat((encoder.fc_mu.bias, encoder.fc_logvar.bias))
    mu, logvar = F.linear(h, heads, bias).chunk(2, dim=1)  # (N, 6) each
    return folded_decode(vae.decoder, reparameterise(mu, logvar, noise)), mu, logvar


def folded_decode(decoder: Decoder, z: torch.Tensor) -> torch.Tensor:
    """`Decoder.forward` without its last tanh: z (N, latent_dim) -> (N, C, H, W), channels_last.

    Nothing non-linear stands between `Decoder.linear` and the first transposed convolution, so z ->
    pre-activations is one affine map: the images of the unit vectors and of zero, latent_dim + 1
    images through the convolution in place of N.
    """
    config = decoder.config
    maps, rows, columns = config.grid
    first = config.channels[0]
    first_layer, _, last_layer, _ = decoder.deconv_stack
    basis = torch.cat((decoder.linear.weight.T, decoder.linear.bias[None]))  # (7, 1568)
    basis = F.conv_transpose2d(
        basis.view(-1, maps, rows, columns), first_layer.weight, stride=2, padding=1
    )  # (7, 16, 14, 14)
    basis = basis.permute(0, 2, 3, 1)  # (7, 14, 14, 16)
    offset = (basis[-1] + first_layer.bias).reshape(-1)
    h = torch.addmm(offset, z, basis[:-1].reshape(config.latent_dim, -1)).relu_()  # (N, 3136)
    h = h.view(-1, 2 * rows, 2 * columns, first).permute(0, 3, 1, 2)  # (N, 16, 14, 14)
    return _Upsample.apply(h, last_layer.weight, last_layer.bias)


def generate(decoder: Decoder, z: torch.Tensor) -> torch.Tensor:
    """`Decoder.forward`, as fast as it can be trained: z (N, latent_dim) -> (N, C, H, W)."""
    return torch.tanh(decode_before_tanh(decoder, z))


class _Upsample(torch.autograd.Function):
    """A transposed convolution of kernel 4, stride 2, padding 1, forwards as one of kernel 3.

    Each of the 2x2 phases of the output is a convolution of its own with two of the four taps a
    side (Shi et al. 2016, arXiv:1609.07009). On a CPU, forwards this way is twice as fast, and
    backwards the other.
    """

    @staticmethod
    def forward(
        ctx: Any, h: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """h: (N, in, H, W); weight: (in, out, 4, 4); bias: (out,) -> (N, out, 2 H, 2 W)."""
        ctx.save_for_backward(h, weight)
        n_in, n_out = weight.shape[:2]
        padded = F.pad(weight, (1, 0, 1, 0))  # tap 0 is a zero, taps 1 to 4 are the kernel's
        # Even rows see the rows above and at their place, odd rows those at and below it.
        taps = torch.tensor([[4, 2, 0], [0, 3, 1]])  # (phase, neighbour)
        kernel = padded[:, :, taps][..., taps]  # (in, out, 2, 3, 2, 3)
        kernel = kernel.permute(1, 2, 4, 0, 3, 5).reshape(4 * n_out, n_in, 3, 3)
        kernel = kernel.contiguous(memory_format=torch.channels_last)
        return F.pixel_shuffle(F.conv2d(h, kernel, bias.repeat_interleave(4), padding=1), 2)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Those of the transposed convolution itself."""
        h, weight = ctx.saved_tensors
        return torch.ops.aten.convolution_backward(
            gradient,
            h,
            weight,
            bias_sizes=[weight.shape[1]],
            stride=[2, 2],
            padding=[1, 1],
            dilation=[1, 1],
            transposed=True,
            output_padding=[0, 0],
            groups=1,
            output_mask=[True, True, True],
        )


def make_optimizers(vae: VAE, name: str, learning_rate: float) -> list[torch.optim.Optimizer]:
    """Adam on everything, or SOAP on the matrices and convolutions and Adam on the biases.

    name: "adam" or "soap".
    """
    parameters = list(vae.parameters())
    if name == "soap":
        matrices = [p for p in parameters if p.ndim > 1]
        vectors = [p for p in parameters if p.ndim == 1]
        return [Soap(matrices, learning_rate), _adam(vectors, learning_rate)]
    return [_adam(parameters, learning_rate)]


def _adam(parameters: list[torch.Tensor], learning_rate: float) -> torch.optim.Adam:
    device = parameters[0].device
    if device.type == "cuda":
        # A captured step reads its rate from memory, so that a schedule can change it.
        rate = torch.tensor(learning_rate, device=device)
        return torch.optim.Adam(parameters, lr=rate, capturable=True, fused=True)
    return torch.optim.Adam(parameters, lr=learning_rate, fused=device.type == "cpu")


class Step:
    """Takes one optimiser step per call, and adds up the losses on the device.

    vae, optimizers: what is trained. images: (N, C, H, W) in [-1, 1] on the training device.
    deformation: the strongest one that is used. captured: whether to run as CUDA graphs, one for
        each batch size, with and without deformation; possible with Adam on CUDA only.
    recon_loss, beta: what is minimised, as in `batch_losses`.

    sums: (3,) float64 on the device: squared error, KL divergence and images since `reset_sums`.
    """

    def __init__(
        self,
        vae: VAE,
        optimizers: list[torch.optim.Optimizer],
        images: torch.Tensor,
        deformation: Deformation,
        captured: bool,
        recon_loss: str = "sse",
        beta: float = 1.0,
    ) -> None:
        self.vae = vae
        self.optimizers = optimizers
        self.images = images
        self.deformation = deformation
        self.captured = captured
        self.recon_loss = recon_loss
        self.beta = beta
        # MPS has no float64.
        dtype = torch.float32 if images.device.type == "mps" else torch.float64
        self.sums = torch.zeros(3, dtype=dtype, device=images.device)
        self._graphs: dict[tuple[int, bool], _CapturedStep] = {}

    def __call__(
        self,
        learning_rate: float,
        indices: torch.Tensor,
        noise: torch.Tensor,
        draws: torch.Tensor | None,
    ) -> None:
        """One step on the images at `indices`.

        indices: (B,) int64; noise: (B, latent_dim); draws: (6, B), the images' deformations, or
        None for none. All on the training device.
        """
        self.set_rate(learning_rate)
        if not self.captured:
            self.run(indices, noise, draws)
            return
        key = (len(indices), draws is not None)
        if key not in self._graphs:
            self._graphs[key] = _CapturedStep(self, indices, noise, draws)
        self._graphs[key].replay(indices, noise, draws)

    def run(self, indices: torch.Tensor, noise: torch.Tensor, draws: torch.Tensor | None) -> None:
        """The step itself, eagerly; it waits for nothing that the device computes."""
        x = self.batch(indices, draws)
        loss, sse, kl = batch_losses(self.vae, x, noise, self.recon_loss, self.beta)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        (loss / len(x)).backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.add(sse, kl, len(x))

    def set_rate(self, learning_rate: float) -> None:
        """Of all optimisers, from the next step on."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                if isinstance(group["lr"], torch.Tensor):
                    group["lr"].fill_(learning_rate)
                else:
                    group["lr"] = learning_rate

    def batch(self, indices: torch.Tensor, draws: torch.Tensor | None) -> torch.Tensor:
        """The images at `indices`, deformed, (B, C, H, W) laid out as is fastest on the device."""
        x = self.images[indices]
        if draws is not None:
            x = deform(x, self.deformation, draws)
        if x.device.type == "cpu":
            x = x.contiguous(memory_format=torch.channels_last)
        return x

    def add(self, sse: torch.Tensor, kl: torch.Tensor, images: int) -> None:
        """Enter a batch's sums into the account."""
        self.sums[0] += sse
        self.sums[1] += kl
        self.sums[2] += images

    def reset_sums(self) -> None:
        """Start a new epoch's account."""
        self.sums.zero_()


class _CapturedStep:
    """One batch size's step as a CUDA graph: one launch in place of some hundred.

    Follows the PyTorch notes "CUDA semantics, whole-network capture": inputs live at fixed
    addresses, a few steps warm up on a side stream, and the optimiser's state exists before the
    capture. What the warm-up changed is put back in place, so that a captured run takes the same
    steps as an eager one.
    """

    def __init__(
        self, step: Step, indices: torch.Tensor, noise: torch.Tensor, draws: torch.Tensor | None
    ) -> None:
        self._indices = indices.clone()
        self._noise = noise.clone()
        self._draws = None if draws is None else draws.clone()

        # Without state yet (the very first step), the optimiser's own zeros are what to restore.
        fresh = not any(optimizer.state for optimizer in step.optimizers)
        parameters = [p.detach() for p in step.vae.parameters()]
        saved = [t.clone() for t in (*parameters, step.sums, *_state_tensors(step.optimizers))]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                step.run(self._indices, self._noise, self._draws)
        torch.cuda.current_stream().wait_stream(side)

        for optimizer in step.optimizers:
            optimizer.zero_grad(set_to_none=True)  # the capture allocates gradients in its pool
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            step.run(self._indices, self._noise, self._draws)

        state = _state_tensors(step.optimizers)
        if fresh:
            for tensor in state:
                tensor.zero_()
            state = []
        for tensor, value in zip((*parameters, step.sums, *state), saved, strict=True):
            tensor.copy_(value)

    def replay(
        self, indices: torch.Tensor, noise: torch.Tensor, draws: torch.Tensor | None
    ) -> None:
        self._indices.copy_(indices)
        self._noise.copy_(noise)
        if self._draws is not None:
            self._draws.copy_(draws)
        self._graph.replay()


def _state_tensors(optimizers: list[torch.optim.Optimizer]) -> list[torch.Tensor]:
    """Moments and step counts, in a fixed order."""
    return [
        value
        for optimizer in optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
        for value in optimizer.state.get(parameter, {}).values()
        if isinstance(value, torch.Tensor)
    ]
