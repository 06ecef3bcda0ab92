from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from core.control.errors import SinkError
from core.control.snapshot import SinkState
from core.frames.frame import Frame, FrameFormat
from core.frames.h264 import ENCODER_THREADS
from live.sinks import recorder
from live.sinks.recorder import Recorder
from live.sinks.runner import SinkRunner

FORMAT = FrameFormat(96, 64)


def plain_frame(number: int, colour: tuple[int, int, int] = (90, 90, 90), frame_format: FrameFormat = FORMAT) -> Frame:
    frame = Frame(np.full(frame_format.shape, colour, np.uint8))
    frame.number = number
    return frame


def record(path: Path, frames: list[Frame], fps: float = 25.0) -> Recorder:
    sink = Recorder(path)
    sink.open(FORMAT, fps)
    for frame in frames:
        sink.send(frame)
    sink.close()
    return sink


def times_and_pictures(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(frame.time) for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


def count_readable(path: Path) -> int:
    """How many pictures can be read from a file that may end in the middle of one."""
    found = 0
    with av.open(str(path)) as container, suppress(av.error.FFmpegError):
        for _ in container.decode(video=0):
            found += 1
    return found


def test_the_file_has_every_frame_at_its_time_and_size(tmp_path: Path) -> None:
    record(tmp_path / "show.mp4", [plain_frame(number) for number in range(100, 160)])

    times, pictures = times_and_pictures(tmp_path / "show.mp4")

    assert times == pytest.approx([index / 25 for index in range(60)])
    assert pictures[0].shape == FORMAT.shape


def test_a_dropped_frame_leaves_a_hole_and_no_shorter_film(tmp_path: Path) -> None:
    record(tmp_path / "show.mp4", [plain_frame(number) for number in (7, 8, 11)])

    times, _ = times_and_pictures(tmp_path / "show.mp4")

    assert times == pytest.approx([0, 1 / 25, 4 / 25])


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "show.mp4").write_bytes(b"yesterday")

    sink = record(tmp_path / "show.mp4", [plain_frame(0)])

    assert sink.path == tmp_path / "show-2.mp4"
    assert (tmp_path / "show.mp4").read_bytes() == b"yesterday"


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    assert record(tmp_path / "new" / "folder" / "show.mp4", [plain_frame(0)]).path.exists()


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SinkError, match=r"the folder .*file/new cannot be made: Not a directory"):
        Recorder(tmp_path / "file" / "new" / "show.mp4").open(FORMAT, 25)


@pytest.mark.skipif(
    not Path("/proc/sys").is_dir(), reason="another system: there is no folder that nobody may write into"
)
def test_a_folder_that_is_there_and_takes_no_file_is_called_what_it_is() -> None:
    with pytest.raises(SinkError, match=r"nothing can be written into the folder /proc: "):
        Recorder(Path("/proc/show.mp4")).open(FORMAT, 25)


def test_a_file_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot record to .*xxx\.mp4: File name too long"):
        Recorder(tmp_path / ("x" * 300 + ".mp4")).open(FORMAT, 25)


def test_a_recording_without_a_frame_is_closed_in_peace(tmp_path: Path) -> None:
    assert record(tmp_path / "show.mp4", []).path.exists()


def test_a_nearly_full_disk_refuses_to_start_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))

    with pytest.raises(SinkError, match=r"cannot record to .*show\.mp4: 5 MiB free, 200 must stay; make room$"):
        Recorder(tmp_path / "show.mp4").open(FORMAT, 25)

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_ends_the_recording_with_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Recorder(tmp_path / "show.mp4")
    sink.open(FORMAT, 10)
    for number in range(9):
        sink.send(plain_frame(number))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))

    with pytest.raises(SinkError, match=r"recording to .*show\.mp4 ended: 0 MiB free, .*; what came before is kept$"):
        sink.send(plain_frame(9))
    sink.close()

    times, _ = times_and_pictures(tmp_path / "show.mp4")
    assert len(times) == 9


def test_a_disk_that_is_pulled_out_ends_the_recording_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Path) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    sink = Recorder(tmp_path / "show.mp4")
    sink.open(FORMAT, 1)
    monkeypatch.setattr(shutil, "disk_usage", gone)

    with pytest.raises(SinkError, match=r"cannot record to .*show\.mp4: No such file or directory"):
        sink.send(plain_frame(0))
    sink.close()


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def send_noise(sink: Recorder, frame_count: int) -> None:
    noise = np.random.default_rng(0)
    for number in range(frame_count):
        frame = plain_frame(number)
        frame.pixels[:] = noise.integers(0, 255, FORMAT.shape, np.uint8)
        sink.send(frame)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_failed_write_is_reported_and_keeps_what_was_written(tmp_path: Path) -> None:
    sink = Recorder(tmp_path / "show.mp4")
    sink.open(FORMAT, 10)

    with file_size_limit(300_000):
        with pytest.raises(SinkError, match="File too large; what came before is kept"):
            send_noise(sink, 200)
        sink.close()

    assert count_readable(tmp_path / "show.mp4") >= 10


# 20 frames a second for 12 s of film, as fast as they are taken; then it says so and waits for its end
SHOW = """
import sys, time
from pathlib import Path
import numpy as np
from core.frames.frame import Frame, FrameFormat
from core.frames.h264 import ENCODER_THREADS
from live.sinks.recorder import Recorder

frame_format = FrameFormat(96, 64)
sink = Recorder(Path(sys.argv[1]))
sink.open(frame_format, 20)
noise = np.random.default_rng(0).integers(0, 255, frame_format.shape, np.uint8)
for number in range(240):
    frame = Frame(np.roll(noise, number, axis=1))
    frame.number = number
    sink.send(frame)
print("sent", flush=True)
time.sleep(600)
"""


@pytest.mark.ffmpeg
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_a_show_that_is_killed_leaves_a_file_that_plays_to_its_last_second(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SHOW, str(tmp_path / "show.mp4")], stdout=subprocess.PIPE) as show:
        assert show.stdout is not None, "it is a pipe"
        said = show.stdout.readline()
        show.kill()
    assert said == b"sent\n"

    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(tmp_path / "show.mp4")]
    found = subprocess.run(command, check=True, capture_output=True, text=True)

    (stream,) = json.loads(found.stdout)["streams"]
    assert found.stderr == "", "the file is whole as far as it goes"
    assert int(stream["nb_read_frames"]) >= 240 - 20 - 2 * ENCODER_THREADS, "a second, and what the encoder holds back"


def test_fragments_end_by_time_and_not_at_keyframes(tmp_path: Path) -> None:
    record(tmp_path / "show.mp4", [plain_frame(number) for number in range(100)], fps=20)

    assert (tmp_path / "show.mp4").read_bytes().count(b"moof") >= 4


@pytest.mark.ffmpeg
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_finds_a_finished_file(tmp_path: Path) -> None:
    record(tmp_path / "show.mp4", [plain_frame(number) for number in range(50)])

    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(tmp_path / "show.mp4")]
    (stream,) = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"]

    assert (stream["codec_name"], stream["pix_fmt"], stream["width"], stream["height"]) == ("h264", "yuv420p", 96, 64)
    assert (stream["r_frame_rate"], stream["avg_frame_rate"]) == ("25/1", "25/1")
    assert stream["nb_read_frames"] == "50"


def test_a_runner_with_depth_finishes_the_file_when_stopped(tmp_path: Path) -> None:
    runner = SinkRunner(Recorder(tmp_path / "show.mp4"), FORMAT, 25, depth=60)
    runner.start()
    for number in range(50):
        runner.offer(plain_frame(number))

    assert runner.stop(timeout=30)

    assert runner.view(0).state is SinkState.CLOSED
    assert runner.view(0).sent == 50
    assert len(times_and_pictures(tmp_path / "show.mp4")[0]) == 50


def test_a_recording_that_failed_goes_on_in_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Recorder(tmp_path / "show.mp4")
    sink.open(FORMAT, 1)
    monkeypatch.setattr(recorder, "MIN_FREE_BYTES", 2**62)
    with pytest.raises(SinkError):
        sink.send(plain_frame(0))
    sink.close()
    monkeypatch.undo()

    sink.open(FORMAT, 1)
    sink.close()

    assert sink.path == tmp_path / "show-2.mp4"
