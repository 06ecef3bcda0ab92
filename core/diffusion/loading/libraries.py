"""The doors to diffusers and transformers: opened late, since they cost seconds, and made quiet first."""

from __future__ import annotations

import importlib
import os
import warnings
from textwrap import shorten
from typing import Any

QUIET = {
    "DIFFUSERS_VERBOSITY": "error",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TOKENIZERS_PARALLELISM": "false",  # one prompt at a time; its threads would only fight the model's
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def diffusers() -> Any:
    return _quiet_import("diffusers")


def transformers() -> Any:
    return _quiet_import("transformers")


def in_a_line(error: Exception) -> str:
    """The libraries list each wrong weight on a line of its own; an operator reads the first few."""
    return shorten(str(error) or type(error).__name__, 300, placeholder=" ...")


def _quiet_import(name: str) -> Any:
    """What they say at import and at loading is for their developers; what we act on, we check ourselves."""
    for variable, value in QUIET.items():
        os.environ.setdefault(variable, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = importlib.import_module(name)
        logging = importlib.import_module(f"{name}.utils.logging")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return library
