"""Where the decoder is that comes with the program."""

from pathlib import Path

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
