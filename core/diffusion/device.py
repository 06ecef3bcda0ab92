"""Where and how finely a model computes, from the words of a ModelRequest."""

from __future__ import annotations

import os

import cv2
import torch

from core.control.errors import ModelError
from core.model_request import DEVICE, DEVICES

PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def choose_device(asked: str) -> torch.device:
    """
    Raises:
        ModelError: no such device here.
    """
    found = DEVICE.fullmatch(asked)
    if found is None:
        raise ModelError(f"device must be {DEVICES}; got {asked!r}")
    counts = {"cuda": _count_cuda(), "mps": int(_has_mps()), "cpu": 1}
    present = [kind for kind, count in counts.items() if count]
    kind, index = found["kind"] or present[0], found["index"]
    if int(index or 0) >= counts[kind]:
        names = [f"{each}:{i}" if counts[each] > 1 else each for each in present for i in range(counts[each])]
        raise ModelError(f"no device {asked!r} for this torch ({torch.__version__}); there is: {', '.join(names)}")
    return torch.device(kind if index is None or kind != "cuda" else f"{kind}:{int(index)}")


def choose_precision(asked: str, device: torch.device) -> torch.dtype:
    """Half precision where it is faster: on a CPU it is many times slower.

    Raises:
        ModelError: no such precision.
    """
    if asked == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    if asked not in PRECISIONS:
        raise ModelError(f"precision must be auto, {', '.join(PRECISIONS)}, got {asked!r}")
    return PRECISIONS[asked]


def has_quick_bfloat16() -> bool:
    """Whether this computer's CPU multiplies bfloat16 faster than float32; without such instructions it is many times slower."""
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # an older torch cannot be asked
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16"))


def wider_precision(precision: torch.dtype, device: torch.device) -> torch.dtype | None:
    """One for what overflows in this one: bfloat16 where the GPU has it, as small and as fast, else float32.

    None where there is none: float32 and bfloat16 reach equally far, and what overflows there is damaged.
    """
    if precision is not torch.float16:
        return None
    return torch.bfloat16 if device.type == "cuda" and _has_bfloat16(device) else torch.float32


def choose_threads(asked: int) -> int:
    """0 leaves one core to playback."""
    if asked < 0:
        raise ModelError(f"threads must be 0 or more, got {asked}")
    return asked or max(1, (os.cpu_count() or 1) - 1)


def use_threads(count: int) -> None:
    """For the whole process: those of torch, and those of OpenCV, which would take all cores by itself."""
    torch.set_num_threads(count)
    cv2.setNumThreads(count)


def _count_cuda() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _has_bfloat16(device: torch.device) -> bool:
    with torch.cuda.device(device):  # torch asks the current one, and GPUs of one computer may differ
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
