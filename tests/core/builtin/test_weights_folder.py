from __future__ import annotations

from core.builtin.weights_folder import WEIGHTS_FOLDER


def test_the_model_that_ships_is_there_with_all_its_parts() -> None:
    parts = {path.parent.name for path in WEIGHTS_FOLDER.glob("*/*") if path.suffix in (".json", ".safetensors")}

    assert (WEIGHTS_FOLDER / "model_index.json").is_file()
    assert parts == {"scheduler", "text_encoder", "tokenizer", "unet", "vae"}


def test_it_is_small_enough_for_a_package() -> None:
    size = sum(path.stat().st_size for path in WEIGHTS_FOLDER.rglob("*"))

    assert size < 90_000_000  # a package index takes files of up to 100 MB
