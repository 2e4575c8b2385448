"""Reusable widgets; each owns one concern and is handed what it needs."""
