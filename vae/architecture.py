"""What a network of this family is made of: its layers with their shapes and parameters, in order.

Everything follows from the sizes in a `ModelConfig`, so a decoder of any file is described, and no
network is built for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch takes seconds to import, and no tensor is looked at here
    from vae.model import ModelConfig

KERNEL, STRIDE, PADDING = 4, 2, 1  # of all four convolutions: each halves or doubles the side


@dataclass(frozen=True)
class Block:
    """A layer, the activation after it, and the tensor that both give for one image.

    name: one of `image`, `conv_1`, `conv_2`, `mu`, `logvar`, `z`, `linear`, `deconv_1`, `deconv_2`.
    part: `encoder`, `latent` or `decoder`.
    layer: PyTorch's name of its kind; empty for the image and for z, which no layer makes.
    key: what the layer's keys in the state_dict begin with.
    inputs: how many numbers, or for a convolution how many maps, it is given.
    shape: (channels, height, width), or (n,) for a vector.
    activation: PyTorch's name of what follows, or empty.
    weights, biases: how many parameters it has of each.
    """

    name: str
    part: str
    shape: tuple[int, ...]
    layer: str = ""
    key: str = ""
    inputs: int = 0
    activation: str = ""
    weights: int = 0
    biases: int = 0

    @property
    def parameters(self) -> int:
        """How many numbers of the layer are learned."""
        return self.weights + self.biases

    @property
    def size(self) -> int:
        """How many numbers the tensor holds."""
        return math.prod(self.shape)

    @property
    def is_convolution(self) -> bool:
        """Whether the layer has a kernel of KERNEL x KERNEL, a STRIDE and a PADDING."""
        return "Conv" in self.layer


@dataclass(frozen=True)
class Opponent:
    """A discriminator (vae.adversarial), which is needed in training only and is not kept.

    channels: feature maps after its first and its second convolution. parameters: how many numbers
    it learned.
    """

    channels: tuple[int, int]
    parameters: int


@dataclass(frozen=True)
class Architecture:
    """The blocks in the order in which an image goes through them.

    folded: how many numbers the one affine map from z to the hidden maps has that the live decoder
    computes in the place of `linear` and `deconv_1`, see `vae.decoding`. is_gan: whether it is a
    generator that the encoder was fitted to afterwards. opponent: what it learned against; None if
    there was nothing, or it is not known.
    """

    blocks: tuple[Block, ...]
    folded: int
    is_gan: bool = False
    opponent: Opponent | None = None

    @property
    def has_encoder(self) -> bool:
        """Whether the blocks begin with an encoder's."""
        return self.blocks[0].part == "encoder"

    def parameters(self, part: str | None = None) -> int:
        """How many numbers are learned in one part, or in all of them."""
        return sum(block.parameters for block in self.blocks if part in (None, block.part))


def opponent(config: ModelConfig, channels: tuple[int, int]) -> Opponent:
    """The discriminator with these maps, of images of a network's shape."""
    (maps, height, width), (first, second) = config.image_shape, channels
    square = KERNEL**2
    return Opponent(
        channels,
        (maps * first + first * second) * square  # two convolutions, and a linear layer to a logit
        + (first + second)
        + second * (height // STRIDE**2) * (width // STRIDE**2)
        + 1,
    )


def architecture(
    config: ModelConfig,
    with_encoder: bool,
    is_gan: bool = False,
    against: Opponent | None = None,
) -> Architecture:
    """Describe a network of these sizes. with_encoder: else it begins with z. For the others see
    `Architecture`.
    """
    image, grid = config.image_shape, config.grid
    first, second = config.channels
    halved = (first, image[1] // STRIDE, image[2] // STRIDE)
    features, d = config.n_features, config.latent_dim
    square = KERNEL**2
    encoder = (
        Block("image", "encoder", image),
        Block(
            "conv_1",
            "encoder",
            halved,
            "Conv2d",
            "conv_stack.0",
            image[0],
            "ReLU",
            image[0] * first * square,
            first,
        ),
        Block(
            "conv_2",
            "encoder",
            grid,
            "Conv2d",
            "conv_stack.2",
            first,
            "ReLU",
            first * second * square,
            second,
        ),
        Block("mu", "encoder", (d,), "Linear", "fc_mu", features, "", features * d, d),
        Block("logvar", "encoder", (d,), "Linear", "fc_logvar", features, "", features * d, d),
    )
    decoder = (
        Block("z", "latent", (d,)),
        Block("linear", "decoder", grid, "Linear", "linear", d, "", d * features, features),
        Block(
            "deconv_1",
            "decoder",
            halved,
            "ConvTranspose2d",
            "deconv_stack.0",
            second,
            "ReLU",
            second * first * square,
            first,
        ),
        Block(
            "deconv_2",
            "decoder",
            image,
            "ConvTranspose2d",
            "deconv_stack.2",
            first,
            "Tanh",
            first * image[0] * square,
            image[0],
        ),
    )
    return Architecture(
        blocks=(*encoder, *decoder) if with_encoder else decoder,
        folded=(d + 1) * math.prod(halved),
        is_gan=is_gan,
        opponent=against,
    )
