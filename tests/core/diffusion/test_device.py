from __future__ import annotations

import pytest
import torch

from core.control.errors import ModelError
from core.diffusion import device
from core.diffusion.device import choose_device, choose_precision, choose_threads, wider_precision


@pytest.mark.parametrize(
    ("has_cuda", "has_mps", "expected"),
    [(True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
    ids=["gpu", "apple", "neither"],
)
def test_auto_takes_the_fastest_that_is_there(
    monkeypatch: pytest.MonkeyPatch, *, has_cuda: bool, has_mps: bool, expected: str
) -> None:
    monkeypatch.setattr(device, "_count_cuda", lambda: int(has_cuda))
    monkeypatch.setattr(device, "_has_mps", lambda: has_mps)

    assert choose_device("auto").type == expected


def test_a_device_that_is_not_there_is_told_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_count_cuda", lambda: 0)
    monkeypatch.setattr(device, "_has_mps", lambda: False)

    with pytest.raises(ModelError, match=r"no device 'cuda' for this torch \(.*\); there is: cpu"):
        choose_device("cuda")


@pytest.mark.parametrize("asked", ["tpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1:2", "auto:1", "CUDA", ""])
def test_an_unknown_device_is_refused(asked: str) -> None:
    with pytest.raises(ModelError, match=rf"device must be auto, cpu, cuda, mps, or .* cuda:1; got '{asked}'"):
        choose_device(asked)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("cuda", "cuda"), ("cuda:0", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu:0", "cpu"), ("mps:0", "mps")],
)
def test_one_of_several_gpus_is_chosen_by_its_number(
    asked: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_count_cuda", lambda: 2)
    monkeypatch.setattr(device, "_has_mps", lambda: True)

    assert choose_device(asked) == torch.device(expected)


@pytest.mark.parametrize(
    ("asked", "count", "there"),
    [("cuda:2", 2, "cuda:0, cuda:1, cpu"), ("cuda:1", 1, "cuda, cpu"), ("cuda:0", 0, "cpu"), ("cpu:1", 1, "cuda, cpu")],
)
def test_a_gpu_that_is_not_there_is_told_with_those_that_are(
    asked: str, count: int, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_count_cuda", lambda: count)
    monkeypatch.setattr(device, "_has_mps", lambda: False)

    with pytest.raises(ModelError, match=rf"no device '{asked}' for this torch \(.*\); there is: {there}$"):
        choose_device(asked)


@pytest.mark.parametrize(
    ("asked", "device_name", "expected"),
    [
        ("auto", "cpu", torch.float32),
        ("auto", "cuda", torch.float16),
        ("auto", "mps", torch.float32),
        ("bfloat16", "cpu", torch.bfloat16),
        ("float32", "cuda", torch.float32),
    ],
)
def test_precision_goes_by_the_device_unless_asked_for(asked: str, device_name: str, expected: torch.dtype) -> None:
    assert choose_precision(asked, torch.device(device_name)) == expected


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ModelError, match="precision must be auto, float32, float16, bfloat16, got 'int8'"):
        choose_precision("int8", torch.device("cpu"))


@pytest.mark.parametrize(("asked", "cores", "expected"), [(0, 8, 7), (0, 1, 1), (0, None, 1), (3, 8, 3)])
def test_zero_threads_leave_one_core_to_playback(
    asked: int, cores: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)

    assert choose_threads(asked) == expected


def test_negative_threads_are_refused() -> None:
    with pytest.raises(ModelError, match="threads must be 0 or more, got -1"):
        choose_threads(-1)


@pytest.mark.parametrize(
    ("precision", "device_name", "has_bfloat16", "expected"),
    [
        (torch.float16, "cuda", True, torch.bfloat16),
        (torch.float16, "cuda", False, torch.float32),
        (torch.float16, "cpu", True, torch.float32),
        (torch.float16, "mps", True, torch.float32),
        (torch.bfloat16, "cuda", True, None),
        (torch.float32, "cpu", True, None),
    ],
    ids=["a GPU of today", "an old GPU", "a CPU", "Apple", "wide already", "widest"],
)
def test_what_overflows_goes_on_in_a_precision_that_reaches_further(
    monkeypatch: pytest.MonkeyPatch,
    precision: torch.dtype,
    device_name: str,
    *,
    has_bfloat16: bool,
    expected: torch.dtype | None,
) -> None:
    monkeypatch.setattr(device, "_has_bfloat16", lambda _: has_bfloat16)

    assert wider_precision(precision, torch.device(device_name)) is expected
