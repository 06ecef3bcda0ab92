from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.control.errors import ModelError
from core.diffusion.model import Model, load_model
from core.model_request import ModelRequest


def load(folder: Path, *speedups: str) -> Model:
    request = ModelRequest(str(folder), device="cpu", sampler="ddim", speedups=speedups)
    return load_model(request)


def test_channels_last_is_another_order_in_memory_and_the_same_numbers(sd1_folder: Path, sd1: Model) -> None:
    model = load(sd1_folder, "channels_last")

    assert model.denoiser.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    latents, text = torch.ones(1, 4, 8, 8), sd1.denoiser.encode("sea")["text"][None]
    with torch.inference_mode():
        outputs = [each.denoiser.unet(latents, 5, text).sample for each in (model, sd1)]
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-4, atol=1e-5)


def test_cuda_graphs_without_cuda_are_told_and_left_out(sd1_folder: Path) -> None:
    assert load(sd1_folder, "cuda_graphs").notes == ("cuda_graphs need a CUDA device, and the model is on cpu",)


def test_blocks_are_compiled_and_tried_out_before_the_model_is_ready(
    sd1_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[Any] = []
    sizes: list[int] = []

    def compile_(self: Any, **options: Any) -> None:
        compiled.append(options)
        self.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))

    monkeypatch.setattr("diffusers.UNet2DConditionModel.compile_repeated_blocks", compile_)

    assert load(sd1_folder, "compile").notes == ()
    assert compiled == [{"dynamic": True}]
    assert sizes == [1, 2]


def test_a_compiler_that_fails_is_told_and_the_model_works(sd1_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_(self: Any, **options: Any) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError("no C++ compiler")

        for module in self.modules():
            if type(module).__name__ == "BasicTransformerBlock":
                module._compiled_call_impl = fail

    monkeypatch.setattr("diffusers.UNet2DConditionModel.compile_repeated_blocks", compile_)

    model = load(sd1_folder, "compile")

    assert model.notes == ("compile cannot be used (no C++ compiler)",)
    with torch.inference_mode():
        model.denoiser.unet(torch.ones(1, 4, 8, 8), 5, model.denoiser.encode("sea")["text"][None])


def test_a_speedup_that_is_none_is_refused(sd1_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"speedups must be of channels_last, compile, cuda_graphs, got 'magic'"):
        load(sd1_folder, "magic")
