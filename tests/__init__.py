"""The tests: one file per module, and the whole program in a real window."""
