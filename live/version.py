"""Which latentdeck this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    try:
        return version("latentdeck")
    except PackageNotFoundError:
        return "(not installed)"
