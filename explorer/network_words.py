"""What the Model page says of a network's blocks: short lines for the drawing, and explanations."""

from __future__ import annotations

from vae.architecture import KERNEL, STRIDE, Architecture, Block

TITLES = {
    "image": "the image x",
    "mu": "mu",
    "logvar": "logvar",
    "z": "z, the sliders",
}


def shape_text(shape: tuple[int, ...]) -> str:
    """`32 × 7 × 7`, or the length of a vector."""
    return " × ".join(f"{size:,}" for size in shape)


def caption(block: Block) -> tuple[str, ...]:
    """The lines under a block: its shape, its layer, what that does, how much is learned."""
    lines = [shape_text(block.shape)]
    if not block.layer:
        return (*lines, TITLES[block.name])
    if block.name in TITLES:  # two of them share the room of one
        return (TITLES[block.name], f"{block.parameters:,}")
    lines.append(block.layer)
    if block.is_convolution:
        lines.append(f"{KERNEL}×{KERNEL}, stride {STRIDE}, {block.activation}")
    else:
        lines.append(f"{block.inputs:,} → {block.size:,}")
    return (*lines, f"{block.parameters:,} parameters")


def heading(network: Architecture, part: str) -> str:
    """What stands above a row of blocks."""
    symbol = {"encoder": "Encoder q(z | x)", "decoder": "Decoder p(x | z)"}[part]
    if network.is_gan:
        symbol = {"encoder": "Encoder, fitted afterwards", "decoder": "Generator G(z)"}[part]
    return f"{symbol}: {network.parameters(part):,} parameters"


def opponent_lines(network: Architecture) -> tuple[str, ...]:
    """The discriminator that a network learned against, which belongs to its training only."""
    against = network.opponent
    if against is None:
        return ()
    return (
        "Discriminator",
        " and ".join(map(str, against.channels)) + " maps",
        f"{against.parameters:,} parameters",
        "in training only",
    )


def folded_line(network: Architecture) -> str:
    """What stands under the blocks that the live decoder computes in one go."""
    return f"one affine map of z, {network.folded:,} numbers"


def explanation(block: Block, network: Architecture) -> str:
    """A block in words: what it does, why, and what it has to learn."""
    learned = (
        f" {block.weights:,} weights and {block.biases:,} biases are learned."
        if block.parameters
        else ""
    )
    return _EXPLANATIONS[block.name](block, network) + learned


def _image(block: Block, network: Architecture) -> str:
    return (
        f"The image: {shape_text(block.shape)} numbers from -1, the paper, to 1, the ink. The "
        "encoder tells where in the latent space it lies."
    )


def _convolution(block: Block, network: Architecture) -> str:
    given = "the image's one channel" if block.inputs == 1 else f"{block.inputs} maps"
    return (
        f"{block.shape[0]} kernels of {KERNEL} × {KERNEL} slide over {given} in steps of {STRIDE}, "
        "so that every new map has half the side. ReLU sets what is negative to zero."
    )


def _mu(block: Block, network: Architecture) -> str:
    if network.is_gan:
        return (
            f"The mean of q(z | x), from all {block.inputs:,} values of the last maps: where a "
            "digit lies. A GAN learns no encoder; this one was fitted to the finished generator, "
            "first on its own images, whose z is known, then on real digits."
        )
    return (
        f"The mean of the posterior q(z | x), from all {block.inputs:,} values of the last maps: "
        "where a real digit lies. The dots of the Map page are these."
    )


def _logvar(block: Block, network: Architecture) -> str:
    return (
        "The logarithm of the posterior's variance in each dimension: exp(logvar / 2) is how far "
        "around mu the encoder takes a point for the same digit."
    )


def _z(block: Block, network: Architecture) -> str:
    size, whole = block.size, network.blocks[-1].size
    numbers = "one number" if size == 1 else f"{size} numbers"
    if network.is_gan:
        return (
            f"{numbers.capitalize()} for an image of {whole:,}. In training z is drawn from "
            "N(0, I) and no image is ever compared with another: a discriminator tells generated "
            "from real ones, and the generator learns to pass (Goodfellow et al. 2014). Blur is "
            "told at once, so strokes are crisp; but no image has to be drawn: some never are."
        )
    return (
        f"The bottleneck: {numbers} for an image of {whole:,}. In training z = mu + "
        "exp(logvar / 2) · eps with eps from N(0, I), so that gradients pass through the draw "
        "(Kingma & Welling 2014). Here the sliders choose z."
    )


def _linear(block: Block, network: Architecture) -> str:
    hidden = network.blocks[-2]
    return (
        f"z becomes {block.size:,} numbers, laid out as {block.shape[0]} maps. No ReLU stands "
        "before the next layer, so both are one affine map: the live decoder computes "
        f"{shape_text(hidden.shape)} as M z + c, and skips this layer."
    )


def _deconvolution(block: Block, network: Architecture) -> str:
    if block.activation == "ReLU":
        return (
            f"Every value of {block.inputs} maps paints a patch of {KERNEL} × {KERNEL}, {STRIDE} "
            "pixels from the next one's, and patches are summed up: the side doubles. Up to here "
            "all is affine in z; ReLU is what bends the space."
        )
    channels = "one image" if block.shape[0] == 1 else f"an image of {block.shape[0]} channels"
    return (
        f"The {block.inputs} maps of the last hidden layer paint their patches into {channels}, "
        "and tanh keeps every pixel between -1 and 1. The Activations view shows who paints what."
    )


_EXPLANATIONS = {
    "image": _image,
    "conv_1": _convolution,
    "conv_2": _convolution,
    "mu": _mu,
    "logvar": _logvar,
    "z": _z,
    "linear": _linear,
    "deconv_1": _deconvolution,
    "deconv_2": _deconvolution,
}
