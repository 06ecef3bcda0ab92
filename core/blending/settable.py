"""Refuses attributes that mean nothing: a script for the method's first implementation sets some, and would wait for an effect."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

# What the first implementation's scripts set as attributes, where the name of the method does not say it by itself.
SETTERS = {
    "seed1": "set_seed", "seed2": "set_seed", "fixed_seeds": "run_transition",
    "branch1_influence": "set_branch1_crossfeed", "branch1_max_depth_influence": "set_branch1_crossfeed",
    "branch1_influence_decay": "set_branch1_crossfeed", "parental_influence": "set_parental_crossfeed",
    "parental_max_depth_influence": "set_parental_crossfeed", "parental_influence_decay": "set_parental_crossfeed",
    "depth_strength": "set_branching", "t_compute_max_allowed": "set_branching", "nmb_max_branches": "set_branching",
    "num_inference_steps": "setup_branching", "list_nmb_branches": "setup_branching",
    "list_idx_injection": "setup_branching", "list_injection_idx": "setup_branching",
    "list_injection_strength": "setup_branching", "quality": "load_branching_profile",
    "image_source": "init_inpainting", "mask_image": "init_inpainting",
}  # fmt: skip


class Settable:
    """Takes only the attributes that its class declares; a subclass declares its own."""

    if not TYPE_CHECKING:  # whoever checks types would let any name pass

        def __setattr__(self, name: str, value: Any) -> None:
            kind = type(self)
            if not any(name in vars(each).get("__annotations__", {}) for each in kind.__mro__):
                raise AttributeError(f"{kind.__name__} has no attribute {name!r} to set: {kind._how_to_set(name)}")
            super().__setattr__(name, value)

    @classmethod
    def _how_to_set(cls, name: str) -> str:
        """What to do instead."""
        setter = setter_for(cls, name)
        return f"call {setter}()" if setter else "it would change nothing"


def setter_for(kind: type, name: str) -> str | None:
    """The method of a class that sets what somebody calls by this name."""
    methods = [each for each in dir(kind) if not each.startswith("_") and callable(getattr(kind, each))]
    if name in methods:
        return name
    if name in SETTERS:
        return SETTERS[name]
    for part in ("power", "range", "decay"):  # branch1_crossfeed_power
        name = name.removesuffix(f"_{part}")
    close = get_close_matches(f"set_{name}", methods, n=1, cutoff=0.75)
    return close[0] if close else None
