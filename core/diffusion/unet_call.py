"""Ways to call a unet: as it is, in batches of few sizes, or by replaying what a GPU recorded for each of these sizes.

A GPU at small batches waits for Python more than it computes: a recorded graph is started by one call. It holds for one
shape only, hence the few sizes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from core.tree.bounded_cache import BoundedCache

BATCH_SIZES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)  # at most a half is filled up for nothing, mostly far less
GRAPH_LIMIT = 24  # each keeps what the unet needs between its layers, though all share one pool
WARM_UP_CALLS = 3  # as the manual of CUDA graphs has it: what libraries choose on the first calls must not be recorded

logger = logging.getLogger(__name__)

Told = Mapping[str, Any]  # arguments of the unet beside the latents and the times; tensors, or mappings of them
UnetCall = Callable[[Tensor, Tensor, Told], Tensor]


def plain_call(unet: Any) -> UnetCall:
    def call(inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        output: Tensor = unet(inputs, timesteps, **told, return_dict=False)[0]
        return output

    return call


class InFewSizes:
    """Fills a batch up with copies of its last row, and gives the others' results alone."""

    def __init__(self, call: UnetCall) -> None:
        self._call = call

    def __call__(self, inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        count = len(inputs)
        missing = batch_size_for(count) - count
        if not missing:
            return self._call(inputs, timesteps, told)
        filled = _mapped(told, lambda value: _filled(value, missing))
        return self._call(_filled(inputs, missing), _filled(timesteps, missing), filled)[:count]


class Recorded:
    """Replays a CUDA graph for each shape of its inputs; what cannot be recorded is called as it is, and `tell` is told once."""

    def __init__(self, call: UnetCall, tell: Callable[[str], None] = logger.warning) -> None:
        self._call = call
        self._tell = tell
        self._graphs: BoundedCache[tuple[Any, ...], _Graph] = BoundedCache(GRAPH_LIMIT)
        self._pool: Any = None
        self._is_given_up = False

    def __call__(self, inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        if self._is_given_up:
            return self._call(inputs, timesteps, told)
        key = tuple((tuple(value.shape), value.dtype) for value in (inputs, timesteps, *_tensors(told)))
        graph = self._graphs.get(key)
        if graph is None:
            try:
                # streams and recordings belong to the current GPU, which need not be the one of the inputs
                with torch.cuda.device_of(inputs):  # type: ignore[no-untyped-call]
                    graph = _Graph(self._call, (inputs, timesteps, told), self._pool)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:  # an operation that waits for the CPU, or a driver that cannot
                reason = str(error).partition("\n")[0]
                self._tell(f"cuda_graphs are given up: {reason}")
                self._is_given_up = True
                return self._call(inputs, timesteps, told)
            self._pool = graph.pool
            self._graphs.put(key, graph)
        return graph.replay(inputs, timesteps, told)


class _Graph:
    """One recording, with inputs and output of its own in fixed places."""

    def __init__(self, call: UnetCall, arguments: tuple[Tensor, Tensor, Told], pool: Any) -> None:
        inputs, timesteps, told = arguments
        self._inputs, self._timesteps = inputs.clone(), timesteps.clone()
        self._told = _mapped(told, torch.clone)
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_CALLS):
                call(self._inputs, self._timesteps, self._told)
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=pool):
            self._output = call(self._inputs, self._timesteps, self._told)
        self.pool = self._graph.pool()

    def replay(self, inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        self._inputs.copy_(inputs)
        self._timesteps.copy_(timesteps)
        for place, value in zip(_tensors(self._told), _tensors(told), strict=True):
            place.copy_(value)
        self._graph.replay()
        return self._output.clone()


def batch_size_for(count: int) -> int:
    """The smallest of the sizes that holds so many; beyond the largest one all that there are."""
    return next((size for size in BATCH_SIZES if size >= count), count)


def _filled(value: Tensor, missing: int) -> Tensor:
    return torch.cat([value, value[-1:].expand(missing, *value.shape[1:])])


def _mapped(told: Told, change: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    return {
        name: _mapped(value, change) if isinstance(value, Mapping) else change(value) for name, value in told.items()
    }


def _tensors(told: Told) -> Iterator[Tensor]:
    for value in told.values():
        if isinstance(value, Mapping):
            yield from _tensors(value)
        else:
            yield value
