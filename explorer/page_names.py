"""The pages by name, in the order of their tabs; known before any of them is loaded."""

PAGES = (
    "sample",
    "morph",
    "arithmetic",
    "directions",
    "guide",
    "map",
    "draw",
    "sweep",
    "statistics",
    "compare",
    "model",
)
