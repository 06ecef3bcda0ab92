"""Makes the table of word meanings: `python -m core.training.words FOLDER`, a folder of a sentence model of the BERT kind.

The shipped table was made with all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), some 15 s on one core. Every whole word of its
vocabulary, and the words below that prompts for a stage use, is embedded as a text of its own; the mean is taken off and the first
principal directions are kept.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from core.builtin.words.table import TABLE, Vector, write_table

DIMENSIONS = (
    96  # of 384: the full model's choice is among the first three as often as with 128 (24 of 28 prompts); 64 has 21
)
BATCH = 256
STAGE_WORDS = """
    afrofuturism afrofuturist analogue anemone aperture apocalypse aquatic arcade astral astronaut avant-garde ayahuasca ballerina bauhaus
    bioluminescence bioluminescent biomechanical blockchain breakbeat brutalism brutalist bubblegum burlesque butterflies cable calligraphy
    carousel cathedral caustics cellular chandelier chiaroscuro chiptune chrysanthemum cityscape clockwork clouds coffee collage constellation
    cosmos croissant cubism cubist cyborg cybernetic cyberpunk cyberspace dadaism datamosh daydream deco decay deepsea disco discotheque
    dnb downtempo drone dubstep dystopia dystopian electro electronica emoji ethereal euphoria expressionism faceless fairy feedback fibonacci
    filigree firefly fireflies fluorescence fluorescent fractal fractals futurism futuristic gabber galaxies geisha geometric ghostly glitch
    glitter glitchy goosebumps gothic graffiti hallucination hallucinogenic halftone hardcore harlequin headphones heartbreak heartbeat
    hieroglyph hologram holographic hyperspace iceberg impressionism industrial infrared insomnia iridescent iridescence jellyfish jungle
    kaleidoscope kaleidoscopic karaoke kinetic lightshow liminal liquid lofi lotus lysergic macro mandala mandelbrot mask matrix megacity
    mercury mermaid metaverse metropolis microscope milkyway minimal minimalism mirrorball molten monochrome moonlight moonlit moshpit mushroom
    mycelium nebula nebulae neon neural nightclub nightlife nightmare nirvana noir northern-lights nostalgia oasis octopus omen oceanic opulent
    optical origami ornate orchid otherworldly oscillator paisley parallax particle pastel phosphorescent photon pixelated pixels plankton plasma
    poltergeist polygon polyhedron prism psilocybin psychedelia psychedelic psytrance pulsar quasar quantum raindrops rave raver raves reggae
    reggaeton retro retrofuturism ripples risograph robotic rollercoaster sakura samurai satellite scanlines shaman shamanic shibuya shimmer
    shockwave silhouette sinewave skateboard skyscraper smokey soundsystem spaceship spacetime spirograph splash stardust starlight starship
    steampunk strobe strobelight subwoofer supernova surreal surrealism surrealist synapse synth synthesizer synthwave tarot techno technoid
    teleport temple tesseract thunderstorm topography totem trance tranquil transcendence tribal trippy tropical turntable twilight typography
    ultraviolet unicorn urban vapor vaporwave vaporware velvet vinyl volcano volumetric voodoo vortex warehouse warp waterfall waveform webcam
    wireframe witchcraft wormhole x-ray yoga zen zeppelin zigzag zodiac zombie zombies
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path, help="folder with the model and its vocab.txt")
    parser.add_argument("--out", type=Path, default=TABLE)
    arguments = parser.parse_args()
    words = words_of(arguments.model / "vocab.txt")
    write_table(arguments.out, words, reduced(embed(arguments.model, words), DIMENSIONS))


def words_of(vocabulary: Path) -> list[str]:
    """Whole lower-case words, the most frequent first (as BERT's vocabulary has them), then the words of the stage that it lacks."""
    lines = vocabulary.read_text(encoding="utf-8").splitlines()
    frequent = [line for line in lines if re.fullmatch("[a-z]{2,}", line)]
    return list(dict.fromkeys([*frequent, *(word for word in STAGE_WORDS.split() if re.fullmatch("[a-z]+", word))]))


@torch.inference_mode()
def embed(folder: Path, texts: list[str]) -> Vector:
    """The mean of the last hidden states of each text, length 1: (texts, hidden size), float32."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    parts = []
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(
            texts[start : start + BATCH], padding=True, truncation=True, max_length=32, return_tensors="pt"
        )
        states, mask = model(**batch).last_hidden_state, batch["attention_mask"][..., None]
        parts.append(torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1))
    embedded: Vector = torch.cat(parts).numpy()
    return embedded


def reduced(vectors: Vector, dimensions: int) -> Vector:
    """The first principal directions of what the words do not share: (words, dimensions)."""
    centred = vectors - vectors.mean(0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:dimensions]
    result: Vector = (centred @ directions.T).astype(np.float32)
    return result


if __name__ == "__main__":
    main()
