"""The weight of a prompt: what the text encoders make of it, and what is painted by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.builtin.start_picture import find_picture
from core.diffusion.model import Model, load_model
from core.diffusion.stable_diffusion import TEXT
from core.diffusion.stable_diffusion_xl import POOLED
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.denoiser import Embedding
from core.tree.spec import KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_xl

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
WORDS = "red sea"
SETTINGS = RenderSettings(64, 64, steps=2)
TINY = RenderSettings(16, 8, steps=2)


@pytest.fixture(scope="module")
def xl(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = save_xl(tmp_path_factory.mktemp("models") / "tiny-xl")
    return load_model(ModelRequest(str(folder), device="cpu"))


@contextmanager
def counted_texts(model: Model) -> Iterator[list[object]]:
    """The texts that the first text encoder is asked for meanwhile."""
    asked: list[object] = []
    hook = model.denoiser.text_encoder.register_forward_hook(lambda *call: asked.append(call))
    yield asked
    hook.remove()


def paint(model: Model, keyframe: KeyframeSpec, settings: RenderSettings = SETTINGS) -> Pixels:
    """The picture of a keyframe by itself, by a grower that knows nothing yet."""
    leaves: dict[float, Pixels] = {}
    tree = Tree(TransitionSpec(keyframe, keyframe, settings, TreeShape(0.5, ((1,),))))
    Grower(model.denoiser, pictures=find_picture).grow_round(tree, 0, Watch(on_leaf=leaves.__setitem__))
    return leaves[0.0]


def text_between(nothing: Embedding, prompt: Embedding, weight: float, name: str = TEXT) -> torch.Tensor:
    expected: torch.Tensor = nothing[name] + weight * (prompt[name] - nothing[name])
    return expected


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.75, 1.0, 1.5, 2.0])
def test_each_token_goes_along_the_line_from_that_of_the_empty_prompt(sd1: Model, weight: float) -> None:
    prompt, nothing = sd1.denoiser.encode(WORDS), sd1.denoiser.encode("")

    weighed = sd1.denoiser.weigh(prompt, weight)

    torch.testing.assert_close(weighed[TEXT], text_between(nothing, prompt, weight))


def test_weight_1_is_the_prompt_itself_and_asks_no_text_encoder(sd1: Model) -> None:
    prompt = sd1.denoiser.encode(WORDS)

    with counted_texts(sd1) as asked:
        weighed = sd1.denoiser.weigh(prompt, 1.0)

    assert weighed is prompt
    assert asked == []


def test_weight_0_is_the_empty_prompt_to_the_bit(sd1: Model, xl: Model) -> None:
    for model in (sd1, xl):
        weighed, nothing = model.denoiser.weigh(model.denoiser.encode(WORDS), 0.0), model.denoiser.encode("")

        assert weighed.keys() == nothing.keys()
        assert all(torch.equal(part, nothing[name]) for name, part in weighed.items())


def test_the_empty_prompt_is_encoded_once_for_all_weights(builtin: Model) -> None:
    prompt = builtin.denoiser.encode("gold mandala")
    for weight in (0.5, 2.0):  # on either side of 1
        builtin.denoiser.weigh(prompt, weight)

    with counted_texts(builtin) as asked:
        for weight in (0.25, 0.5, 1.5):
            builtin.denoiser.weigh(prompt, weight)

    assert asked == []


@pytest.mark.parametrize("name", [TEXT, POOLED])
@pytest.mark.parametrize("weight", [0.25, 1.5])
def test_xl_goes_along_the_line_from_an_empty_text_in_each_token_and_in_the_whole(
    xl: Model, weight: float, name: str
) -> None:
    prompt, empty_text = xl.denoiser.encode(WORDS), xl.denoiser.encode("")

    weighed = xl.denoiser.weigh(prompt, weight)

    torch.testing.assert_close(weighed[name], text_between(empty_text, prompt, weight, name), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", [TEXT, POOLED])
def test_no_prompt_is_zeros_on_the_negative_side_of_xl_alone(xl: Model, name: str) -> None:
    assert not xl.denoiser.encode_negative("")[name].any()
    assert xl.denoiser.encode("")[name].any()
    assert torch.equal(xl.denoiser.encode_negative(WORDS)[name], xl.denoiser.encode(WORDS)[name])


def test_beyond_1_the_token_that_starts_every_text_stays(sd1: Model, xl: Model) -> None:
    for model in (sd1, xl):
        prompt = model.denoiser.encode(WORDS)

        weighed = model.denoiser.weigh(prompt, 2.0)

        torch.testing.assert_close(weighed[TEXT][0], prompt[TEXT][0])
        assert not torch.allclose(weighed[TEXT][1:], prompt[TEXT][1:], atol=1e-2)


@pytest.mark.parametrize("guidance", [1.0, 3.0], ids=["without guidance", "with guidance"])
def test_the_built_in_model_paints_words_by_their_weight(builtin: Model, guidance: float) -> None:
    gold = KeyframeSpec("gold mandala", "", 5, guidance)

    as_ever, nothing = paint(builtin, gold), paint(builtin, replace(gold, prompt=""))
    by_weight = {weight: paint(builtin, replace(gold, weight=weight)) for weight in (0.0, 0.5, 1.0, 2.0)}

    assert np.array_equal(by_weight[1.0], as_ever)
    assert np.array_equal(by_weight[0.0], nothing)
    assert len({picture.tobytes() for picture in by_weight.values()}) == 4


def test_a_negative_prompt_counts_also_where_the_words_do_not(builtin: Model) -> None:
    without = KeyframeSpec("gold mandala", "", 5, 3.0, weight=0.0)

    assert not np.array_equal(paint(builtin, without), paint(builtin, replace(without, negative="red")))


def test_a_scene_stays_the_start_whatever_the_weight(builtin: Model) -> None:
    """Of a scene of which nothing is painted anew, nothing is left to the weight."""
    drawn = KeyframeSpec("gold mandala", "", 5, 3.0, PictureStart("scene", 0.0))
    painted = replace(drawn, start=PictureStart("scene", 0.5))

    assert np.array_equal(paint(builtin, drawn), paint(builtin, replace(drawn, weight=0.0)))
    assert not np.array_equal(paint(builtin, painted), paint(builtin, replace(painted, weight=0.0)))


def test_the_whole_prompt_of_xl_has_the_weight_too(xl: Model) -> None:
    sea = KeyframeSpec(WORDS, "", 7, 1.0)

    pictures = {paint(xl, replace(sea, weight=weight), TINY).tobytes() for weight in (0.0, 0.5, 1.0, 2.0)}

    assert len(pictures) == 4
    assert paint(xl, replace(sea, prompt=""), TINY).tobytes() == paint(xl, replace(sea, weight=0.0), TINY).tobytes()


@pytest.mark.parametrize("name", [TEXT, POOLED])
def test_xl_that_was_trained_with_an_empty_text_has_it_on_both_sides(tmp_path: Path, name: str) -> None:
    folder = save_xl(tmp_path / "xl")
    index = folder / "model_index.json"
    index.write_text(
        index.read_text().replace('"force_zeros_for_empty_prompt": true', '"force_zeros_for_empty_prompt": false')
    )
    denoiser = load_model(ModelRequest(str(folder), device="cpu")).denoiser

    assert torch.equal(denoiser.encode_negative("")[name], denoiser.encode("")[name])
    assert denoiser.encode("")[name].any()
