from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from core.diffusion import unet_call
from core.diffusion.model import Model
from core.diffusion.unet_call import InFewSizes, Recorded, Told, batch_size_for, plain_call
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import RenderSettings


class Calls:
    """In the place of a unet: notes the sizes, and computes something with all that it is given."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, inputs: Tensor, timesteps: Tensor, told: Told) -> Tensor:
        self.sizes.append(len(inputs))
        output: Tensor = inputs * timesteps[:, None] + told["text"] + told["more"]["pooled"]
        return output


def arguments(count: int) -> tuple[Tensor, Tensor, Told]:
    rows = torch.arange(float(count))
    return rows[:, None] + 1, rows + 2, {"text": rows[:, None] * 3, "more": {"pooled": rows[:, None] * 5}}


@pytest.mark.parametrize(("count", "size"), [(1, 1), (3, 4), (8, 8), (9, 12), (33, 48), (128, 128), (200, 200)])
def test_batches_have_few_sizes(count: int, size: int) -> None:
    calls = Calls()

    output = InFewSizes(calls)(*arguments(count))

    assert calls.sizes == [size] == [batch_size_for(count)]
    assert torch.equal(output, Calls()(*arguments(count)))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_batch_that_is_filled_up_gives_the_same_latents(
    sd1: Model, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser, settings = sd1.denoiser, RenderSettings(16, 16, 4)
    condition = Conditioning(denoiser.encode("sea"), denoiser.encode("fog"), 3.0)
    samples = [
        Sample(denoiser.first_latent(seed, settings), seed % 4, condition, NoiseKey(1, 2, 0.5)) for seed in range(count)
    ]
    expected = denoiser.advance(samples, 4)

    monkeypatch.setattr(denoiser, "call_unet", InFewSizes(plain_call(denoiser.unet)))

    for ours, theirs in zip(denoiser.advance(samples, 4), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


class FakeGraph:
    """A recording that is a call after all, of what lies in its places."""

    made = 0

    def __init__(self, call: Any, arguments: tuple[Tensor, Tensor, Told], pool: Any) -> None:
        type(self).made += 1
        self.pool = pool or "the first one's pool"
        self._call = call

    def replay(self, *arguments: Any) -> Tensor:
        output: Tensor = self._call(*arguments)
        return output


def test_each_shape_is_recorded_once_and_all_share_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unet_call, "_Graph", FakeGraph)
    monkeypatch.setattr(FakeGraph, "made", 0)
    recorded = Recorded(Calls())

    outputs = [recorded(*arguments(count)) for count in (2, 3, 2, 3, 2)]

    assert FakeGraph.made == 2
    assert recorded._pool == "the first one's pool"
    assert all(torch.equal(output, Calls()(*arguments(len(output)))) for output in outputs)


@pytest.mark.skipif(torch.cuda.is_available(), reason="with a GPU it can be recorded")
def test_what_cannot_be_recorded_is_called_as_it_is_and_said_once() -> None:
    calls, told = Calls(), list[str]()
    recorded = Recorded(calls, told.append)

    outputs = [recorded(*arguments(2)) for _ in range(3)]

    assert all(torch.equal(output, Calls()(*arguments(2))) for output in outputs)
    assert calls.sizes == [2, 2, 2]
    assert [text.partition(":")[0] for text in told] == ["cuda_graphs are given up"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_replay_gives_what_a_call_gives() -> None:
    recorded = Recorded(lambda inputs, timesteps, told: inputs * timesteps[:, None] + told["text"])

    for count in (2, 3, 2):
        inputs, timesteps, told = arguments(count)
        on_gpu = inputs.cuda(), timesteps.cuda(), {"text": told["text"].cuda()}
        torch.testing.assert_close(recorded(*on_gpu), on_gpu[0] * on_gpu[1][:, None] + on_gpu[2]["text"])
