"""Teaches the built-in text encoder the words of new scenes, and keeps what it makes of those that it knows.

The denoiser of the next model starts from the built-in one, whose knowledge is of these embeddings: with others it would begin anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from core.builtin.weights_folder import WEIGHTS_FOLDER
from core.training import starting_point
from core.training.captions import caption, random_attributes
from core.training.loop import Plan, Training, run
from core.training.parts.job import Job, quick, resume
from core.training.ranks import Ranks
from core.training.text_encoder import SceneReader, make_text_encoder, make_tokenizer, reader_loss, tokenize

KEPT = 20.0  # weight of what the known captions are embedded as
CAPTIONS = 64  # a step, to learn from, and as many to keep
EMBEDDING = "embeddings.token_embedding.weight"
PAST = ("embeddings.position_ids",)  # of older files


def train_text(ranks: Ranks, job: Job) -> None:
    """One process is enough: the others leave."""
    if not ranks.is_first:
        return
    torch.manual_seed(3)
    tokenizer = load_tokenizer(job)
    reader = SceneReader(make_text_encoder(tokenizer) if job.is_fresh else _taught(tokenizer))
    training = Training(reader, Plan(1e-3 if job.is_fresh else 5e-4, seconds=60 * job.minutes, held=0.3))
    resume(training, job.checkpoint("text"))
    learned = reader_loss(reader, tokenizer, seed=5, batch_size=CAPTIONS)
    forgotten = None if job.is_fresh else _forgetting_loss(reader, tokenizer)

    def loss_at(step_index: int) -> Tensor:
        with quick():
            loss = learned(step_index)
            return loss if forgotten is None else loss + KEPT * forgotten(step_index)

    run(training, loss_at, job.checkpoint("text"), name="text")


def _taught(tokenizer: Any) -> Any:
    """The built-in encoder, ready for the words of a larger tokenizer."""
    known_tokenizer = starting_point.load_tokenizer(WEIGHTS_FOLDER)
    return enlarged(starting_point.load_text_encoder(WEIGHTS_FOLDER), known_tokenizer, tokenizer)


def _forgetting_loss(reader: SceneReader, tokenizer: Any) -> Callable[[int], Tensor]:
    """How far the embeddings of captions that the built-in encoder knows have gone from its own."""
    known = starting_point.load_text_encoder(WEIGHTS_FOLDER)
    known_tokenizer = starting_point.load_tokenizer(WEIGHTS_FOLDER)

    def loss_at(step_index: int) -> Tensor:
        captions = _known_captions(step_index, known_tokenizer, tokenizer)
        with torch.no_grad():
            wanted = known(input_ids=tokenize(known_tokenizer, captions)).last_hidden_state
        states = reader.text_encoder(input_ids=tokenize(tokenizer, captions)).last_hidden_state
        return mse_loss(states.float(), wanted.float())

    return loss_at


def load_tokenizer(job: Job) -> Any:
    """That of the words of all scenes as they are now; made once."""
    folder = job.folder / "tokenizer"
    if not (folder / "tokenizer_config.json").exists():
        make_tokenizer(folder)
    return starting_point.load_tokenizer(job.folder)


def load_text_encoder(job: Job) -> Any:
    """In eval mode."""
    reader = SceneReader(make_text_encoder(load_tokenizer(job)))
    reader.load_state_dict(torch.load(job.checkpoint("text"), map_location="cpu", weights_only=True)["average"])
    return reader.text_encoder.eval()


def enlarged(known: Any, known_tokenizer: Any, tokenizer: Any) -> Any:
    """The known encoder with a larger vocabulary: pieces that it knows keep their vectors."""
    encoder = make_text_encoder(tokenizer)
    weights = {name: value for name, value in known.state_dict().items() if not name.endswith(PAST)}
    name = next(each for each in weights if each.endswith(EMBEDDING))
    vectors = encoder.state_dict()[name].clone()
    vectors *= weights[name].std() / vectors.std()
    numbers, known_numbers = tokenizer.get_vocab(), known_tokenizer.get_vocab()
    for piece in numbers.keys() & known_numbers.keys():
        vectors[numbers[piece]] = weights[name][known_numbers[piece]]
    encoder.load_state_dict({**weights, name: vectors})
    return encoder


def _known_captions(step_index: int, known_tokenizer: Any, tokenizer: Any) -> list[str]:
    """Those that both tokenizers take apart in the same way."""
    rng = np.random.default_rng([7, step_index])
    found: list[str] = []
    while len(found) < CAPTIONS:
        text = caption(rng, random_attributes(rng))
        if known_tokenizer.tokenize(text) == tokenizer.tokenize(text):
            found.append(text)
    return found
