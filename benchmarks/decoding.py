"""How long a decode and its derivative take: folded beside eager torch, one thread each.

Run it from the repository's root with `python -m benchmarks.decoding`; with `--width 2` or
`--shape 3x32x32` for an untrained decoder of other sizes, which takes as long. The rounds of both
sides alternate, so that a busy moment of the machine meets both; the last column, their ratio, is
what can be compared between machines.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from vae.decoding import FoldedDecoder
from vae.model import Decoder, ModelConfig
from vae.weights import load_decoder

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
POINTS = (1, 66, 400, 2500)  # a digit, six filmstrips of eleven, a 20 x 20 map, a large one
ROUNDS = 30
ROUND_S = 0.02  # a round repeats short calls, as the clock's own cost would distort them
SEED = 0


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS, help="another decoder")
    parser.add_argument("--width", type=int, help="an untrained one, so many times as wide")
    parser.add_argument("--shape", metavar="CxHxW", help="an untrained one for such images")
    options = parser.parse_args()
    if options.width or options.shape:
        shape = tuple(int(side) for side in (options.shape or "1x28x28").split("x"))
        width = options.width or 1
        network = Decoder(ModelConfig(6, shape, (16 * width, 32 * width))).eval()
    else:
        network = load_decoder(options.weights)
    with threadpool_limits(limits=1):  # NumPy's BLAS and torch's OpenMP alike
        torch.set_num_threads(1)
        report(network)


def report(network: torch.nn.Module) -> None:
    """Measure both ways to decode with one network, and print the table."""
    folded = FoldedDecoder.from_state_dict(network.state_dict())
    rng = np.random.default_rng(SEED)

    print(f"{cpu_model()}, {os.cpu_count()} cores, one thread each")
    print(f"torch {torch.__version__}, NumPy {np.__version__}, Python {platform.python_version()}")
    print(f"{folded.latent_dim} dimensions to images of {folded.image_shape}, seed {SEED}")
    print(f"median of {ROUNDS} rounds, quartiles in brackets, times in ms\n")
    print(f"{'points':>6}  {'eager torch':>27}  {'folded':>27}  {'to uint8':>9}  {'ratio':>6}")
    for n in POINTS:
        z = rng.standard_normal((n, folded.latent_dim))
        tensor = torch.from_numpy(z).float()
        point = z[0] if n == 1 else z
        with torch.inference_mode():
            eager, fast, levels = measure(
                lambda tensor=tensor: network(tensor),
                lambda point=point: folded.decode(point),
                lambda point=point: folded.decode_uint8(point),
            )
        ratio = statistics.median(eager) / statistics.median(fast)
        print(
            f"{n:6}  {described(eager):>27}  {described(fast):>27}  "
            f"{1e3 * statistics.median(levels):9.3f}  {ratio:5.1f}x"
        )
    report_jacobian(network, folded, rng.standard_normal(folded.latent_dim))
    difference = largest_difference(network, folded, rng.standard_normal((1000, folded.latent_dim)))
    print(f"largest difference over 1,000 points: {difference:.1e} of the range [-1, 1]")


def report_jacobian(network: torch.nn.Module, folded: FoldedDecoder, z: np.ndarray) -> None:
    """Measure dx/dz at one point beside torch's forward differentiation, and print the row.

    Forward, because a latent point has fewer numbers than an image.
    """
    tensor = torch.from_numpy(z).float()
    of_network = torch.func.jacfwd(lambda point: network(point[None])[0])
    # Gradients for the weights are not asked for, and their records would cost torch time.
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about torch's own future
        autograd, fast = measure(lambda: of_network(tensor), lambda: folded.jacobian(z))
        expected = np.moveaxis(of_network(tensor).numpy(), -1, 0)
    ratio = statistics.median(autograd) / statistics.median(fast)
    print(f"{'dx/dz':>6}  {described(autograd):>27}  {described(fast):>27}  {'':9}  {ratio:5.1f}x")
    difference, largest = np.abs(expected - folded.jacobian(z)).max(), np.abs(expected).max()
    print(f"\nlargest difference in dx/dz: {difference:.1e}, where the largest is {largest:.1f}")


def measure(*functions: Callable[[], object]) -> list[list[float]]:
    """Return seconds per call, `ROUNDS` times, for every function; the functions take turns."""
    repeats = []
    for function in functions:
        function()
        start = time.perf_counter()
        function()
        repeats.append(max(1, round(ROUND_S / (time.perf_counter() - start))))
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, times, repeat in zip(functions, seconds, repeats, strict=True):
            start = time.perf_counter()
            for _ in range(repeat):
                function()
            times.append((time.perf_counter() - start) / repeat)
    return seconds


def described(seconds: list[float]) -> str:
    """Write a median and its quartiles, in milliseconds."""
    low, median, high = (1e3 * value for value in statistics.quantiles(seconds, n=4))
    return f"{median:.3f} ({low:.3f} .. {high:.3f})"


def largest_difference(network: torch.nn.Module, folded: FoldedDecoder, z: np.ndarray) -> float:
    """Return the largest absolute difference between both ways to decode ``z``."""
    with torch.inference_mode():
        images = network(torch.from_numpy(z).float()).numpy()
    return float(np.abs(images - folded.decode(z)).max())


def cpu_model() -> str:
    """Return the processor's name as the system knows it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
