"""A denoiser that counts and times what goes through it, stage by stage."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from core.frames.frame import Pixels
from core.tree.denoiser import Denoiser, Embedding, Latent, Sample

TEXT, UNET, DECODE, DISTANCE, TRANSFER = "text", "UNet", "decode", "distance", "transfer"
STAGES = (TEXT, UNET, DECODE, DISTANCE, TRANSFER)


def _nothing() -> None:
    pass


class Meter:
    """Stands in for a Denoiser; what it does not measure it passes on.

    Args:
        finish: waits until the device has done all that it was given; without it a GPU's time would be charged to a later stage.
    """

    def __init__(self, denoiser: Denoiser, finish: Callable[[], None] = _nothing) -> None:
        self._denoiser = denoiser
        self._finish = finish
        self.reset()
        self._watch_decoder(getattr(denoiser, "vae", None))

    def reset(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.unet_calls = 0
        self.sample_evaluations = 0
        self.leaf_count = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._finish()
        self.seconds[name] += time.perf_counter() - started

    def encode(self, prompt: str) -> Embedding:
        with self.stage(TEXT):
            return self._denoiser.encode(prompt)

    def encode_negative(self, prompt: str) -> Embedding:
        with self.stage(TEXT):
            return self._denoiser.encode_negative(prompt)

    def advance(self, samples: Sequence[Sample], *arguments: Any, **options: Any) -> list[Latent]:
        self.unet_calls += 1
        self.sample_evaluations += sum(sample.conditioning.evaluations for sample in samples)
        with self.stage(UNET):
            return self._denoiser.advance(samples, *arguments, **options)

    def decode(self, latents: Sequence[Latent]) -> list[Pixels]:
        """All but the network itself is transfer: to bytes, and to the host."""
        self.leaf_count += len(latents)
        network_before = self.seconds[DECODE]
        with self.stage(TRANSFER):
            pictures = self._denoiser.decode(latents)
        self.seconds[TRANSFER] -= self.seconds[DECODE] - network_before
        return pictures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._denoiser, name)

    def _watch_decoder(self, vae: Any) -> None:
        """Time the decoder network alone, where there is one."""
        if vae is None:
            return
        started: list[float] = []

        def begin(*_: object) -> None:
            self._finish()
            started.append(time.perf_counter())

        def end(*_: object) -> None:
            self._finish()
            self.seconds[DECODE] += time.perf_counter() - started.pop()

        vae.decoder.register_forward_pre_hook(begin)
        vae.decoder.register_forward_hook(end)
