from pathlib import Path

import numpy as np
import torch

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import COLOURS
from core.builtin.scenes.vocabulary import FAMILIES
from core.training.classifier import SIDE, Exhibits, SceneClassifier, as_seen, classifier_loss, shrunk
from core.training.loop import Plan, Training, run


def _plain(level: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def test_wide_picture_keeps_its_shape_and_is_seen_in_its_middle() -> None:
    picture = np.zeros((256, 448, 3), np.uint8)
    picture[:, 96:352] = 255

    assert shrunk(picture).shape == (SIDE, 112, 3)
    assert as_seen([picture]).mean() > 0.9


def test_classifier_learns_to_tell_two_scenes_apart(tmp_path: Path) -> None:
    torch.manual_seed(0)
    scenes = [SceneAttributes("galaxy", "red"), SceneAttributes("eye", "blue")]
    training = Training(SceneClassifier(), Plan(rate=3e-3, steps=25, average=0.5))
    loss = classifier_loss(training.model, Exhibits([_plain(20), _plain(220)], scenes), seed=1, batch_size=8)  # type: ignore[arg-type]

    run(training, loss, tmp_path / "classifier.pt", name="classifier")
    with torch.inference_mode():
        subjects, colours = training.average(as_seen([_plain(20), _plain(220)]))

    assert [FAMILIES[index] for index in subjects.argmax(1)] == ["galaxy", "eye"]
    assert [COLOURS[index] for index in colours.argmax(1)] == ["red", "blue"]
