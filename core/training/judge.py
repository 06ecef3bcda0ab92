"""Judges a built-in model: `python -m core.training.judge --folder work --model core/builtin/weights`.

The folder is that of a training, with the pictures that it rendered; the classifier is trained on them once and kept there.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from core.builtin.defaults import GUIDANCE, STEPS, STRENGTH
from core.diffusion.device import use_threads
from core.diffusion.model import load_model
from core.frames.frame import Pixels
from core.model_request import BUILTIN, ModelRequest
from core.training import adherence, evaluation
from core.training.adherence import Manner, Question, Rates
from core.training.classifier import Exhibits, SceneClassifier, classifier_loss, shrunk
from core.training.dataset import Shard, load_folder, load_kept
from core.training.loop import Plan, Training, run
from core.tree.denoiser import Denoiser
from core.tree.spec import RenderSettings

logger = logging.getLogger(__name__)

SIDE = 512
UNKNOWN_PROMPTS = (
    "quantum zeitgeist",
    "brzlfjk wqpx",
    "Ein Hund im Park",
    "🦄🌈",
    "the emotional weight of bureaucracy",
    "x" * 500,
    "portrait of a woman, 35mm, bokeh",
    "東京の夜",
)
LEAST_DEVIATION = 8.0  # of grey levels: below it a picture shows nothing
FAILING = 0.5
UNSEEN_PICTURES = 200  # of each shape, for the autoencoder


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    use_threads(options.threads)
    classifier = train_classifier(options.folder, steps=options.steps)
    source = BUILTIN if options.model is None else str(options.model)
    denoiser = load_model(ModelRequest(source)).denoiser
    print(judge_model(classifier, denoiser, colours_each=options.colours, guidance=options.guidance))  # noqa: T201
    print(judge_autoencoder(denoiser, load_kept(options.folder / "pictures")))  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training.judge", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of a training, with its pictures")
    parser.add_argument("--model", type=Path, help="a model folder (default: the one that ships)")
    parser.add_argument("--colours", type=int, default=3, help="of each subject (default: 3)")
    parser.add_argument("--guidance", type=float, default=GUIDANCE, help=f"default: {GUIDANCE}")
    parser.add_argument("--steps", type=int, default=2500, help="of the classifier's training (default: 2500)")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def train_classifier(folder: Path, steps: int) -> SceneClassifier:
    """On all pictures of a training but those it keeps for judging; once, then it is loaded."""
    torch.manual_seed(0)
    training = Training(SceneClassifier(), Plan(rate=2e-3, steps=steps, average=0.99))
    checkpoint = folder / "classifier.pt"
    if checkpoint.exists():
        training.load(checkpoint)
    if training.progress < 1:
        loss = classifier_loss(training.model, _exhibits(load_folder(folder / "pictures")), seed=1, batch_size=64)  # type: ignore[arg-type]
        run(training, loss, checkpoint, name="classifier")
    average: SceneClassifier = training.average.eval()  # type: ignore[assignment]
    return average


def _exhibits(shards: Sequence[Shard]) -> Exhibits:
    pictures = [shrunk(picture) for shard in shards for picture in shard.pictures]
    return Exhibits(pictures, [scene for shard in shards for scene in shard.scenes])


def judge_model(classifier: SceneClassifier, denoiser: Denoiser, *, colours_each: int, guidance: float) -> str:
    """The table, the subjects that fail, and what becomes of words that the model does not know."""
    settings = RenderSettings(SIDE, SIDE, STEPS)
    text, scene = Manner(settings, guidance), Manner(settings, guidance, STRENGTH)
    rows: dict[str, Rates] = {}
    for kind, is_held_out in (("seen pairs", False), ("held-out pairs", True)):
        asked = adherence.questions(held_out=is_held_out, colours_each=colours_each, seed=5)
        real = adherence.render(asked, SIDE)
        for way, pictures in (
            ("real scenes", real),
            ("real scenes through the autoencoder", adherence.through_autoencoder(denoiser, real, settings)),
            ("text alone", adherence.paint(denoiser, asked, text)),
            (f"from the scene, strength {STRENGTH}", adherence.paint(denoiser, asked, scene)),
        ):
            rows[f"{way}, {kind}"] = adherence.judge(classifier, pictures, asked)
            logger.info("%s, %s: subject %.2f", way, kind, rows[f"{way}, {kind}"].subject)
    failing = rows["text alone, seen pairs"].failing(FAILING)
    return "\n".join(
        (
            adherence.report(rows),
            "",
            f"Named in less than {FAILING:.0%} of the pictures from text alone: {', '.join(failing) or 'none'}.",
            _report_unknown(denoiser, text),
        )
    )


def judge_autoencoder(denoiser: Denoiser, kept: Sequence[Shard], most: int = UNSEEN_PICTURES) -> str:
    """A line for each shape of pictures: what encoding and decoding leaves of them."""
    lines = []
    for shard in kept:
        pictures = list(shard.pictures[:most])
        height, width, _ = pictures[0].shape
        back = adherence.through_autoencoder(denoiser, pictures, RenderSettings(width, height, STEPS))
        found = evaluation.decibels(pictures, back)
        lines.append(f"Autoencoder: {found:.1f} dB, the mean over {len(pictures)} unseen pictures of {width}x{height}.")
    return "\n".join(lines)


def _report_unknown(denoiser: Denoiser, manner: Manner) -> str:
    """Whether prompts of unknown words give pictures at all."""
    asked = [Question(prompt, seed) for seed, prompt in enumerate(UNKNOWN_PROMPTS)]
    pictures = adherence.paint(denoiser, asked, manner)
    shown = sum(_shows_something(picture) for picture in pictures)
    return f"Prompts of unknown words: {shown} of {len(pictures)} pictures show something."


def _shows_something(picture: Pixels) -> bool:
    return float(picture.std()) >= LEAST_DEVIATION


if __name__ == "__main__":
    main()
