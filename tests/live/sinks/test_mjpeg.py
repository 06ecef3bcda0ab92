"""The stream over real loopback sockets, read by hand, by ffprobe and by readers that behave badly."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import cv2
import numpy as np
import pytest

from core.control.errors import SinkError
from core.frames.frame import Frame, FrameFormat
from live.sinks import mjpeg
from live.sinks.mjpeg import MAX_READERS, PATH, MjpegSettings, MjpegSink

FORMAT = FrameFormat(64, 48)
KEY = "for eyes only"
PATIENCE = 10.0


@pytest.fixture
def sink() -> Iterator[MjpegSink]:
    sink = MjpegSink(MjpegSettings(KEY, port=0))
    sink.open(FORMAT, 30)
    yield sink
    sink.close()


def grey_frame(grey: int, frame_format: FrameFormat = FORMAT) -> Frame:
    return Frame(np.full(frame_format.shape, grey, np.uint8))


def ask(sink: MjpegSink, target: str = f"{PATH}?key=for+eyes+only", method: str = "GET") -> socket.socket:
    """A connection that has sent its request."""
    connection = socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE)
    connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return connection


def feed_until_read(sink: MjpegSink, frame: Frame, connection: socket.socket) -> bytes:
    """Send the frame until the reader has a whole picture; returns what it has read."""
    heard = b""
    connection.settimeout(0.05)
    for _ in range(int(PATIENCE / 0.05)):
        sink.send(frame)
        with suppress(TimeoutError):
            heard += connection.recv(1 << 16)
        if b"\xff\xd9" in heard:
            return heard
    raise AssertionError(f"no picture came, only {heard[:200]!r}")


@contextmanager
def playing(sink: MjpegSink, frame_format: FrameFormat = FORMAT) -> Iterator[None]:
    """A program at 30 frames a second that changes with every frame."""
    stopping = threading.Event()

    def play() -> None:
        grey = 0
        while not stopping.wait(1 / 30):
            grey = (grey + 5) % 256
            sink.send(grey_frame(grey, frame_format))

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def test_a_reader_gets_a_picture_that_can_be_decoded(sink: MjpegSink) -> None:
    with ask(sink) as connection:
        heard = feed_until_read(sink, grey_frame(90), connection)

    picture = cv2.imdecode(np.frombuffer(heard[heard.index(b"\xff\xd8") :], np.uint8), cv2.IMREAD_COLOR)
    assert heard.startswith(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=latentdeck")
    assert picture is not None
    assert picture.shape == FORMAT.shape
    assert abs(int(picture.mean()) - 90) <= 2


@pytest.mark.parametrize(
    ("target", "method", "status", "words"),
    [
        (PATH, "GET", 403, "This address has no key"),
        (f"{PATH}?key=wrong", "GET", 403, "The key in this address is wrong"),
        (f"{PATH}?key=%ff", "GET", 403, "The key in this address is wrong"),
        ("/", "GET", 404, f"The picture is at {PATH}"),
        ("/../etc/passwd", "GET", 404, f"The picture is at {PATH}"),
        (f"{PATH}?key=for+eyes+only", "POST", 405, "Only GET"),
        ("", "", 405, "Only GET"),
    ],
)
def test_other_requests_are_refused_with_the_reason(
    sink: MjpegSink, target: str, method: str, status: int, words: str
) -> None:
    with ask(sink, target, method) as connection:
        response = http.client.HTTPResponse(connection)
        response.begin()
        body = response.read().decode()

    assert (response.status, body[: len(words)]) == (status, words)


def test_what_is_no_http_is_cut_off(sink: MjpegSink) -> None:
    with socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE) as connection:
        with suppress(ConnectionError):
            connection.sendall(b"x" * 100_000)
        with suppress(ConnectionError):
            assert connection.recv(100) == b""


def test_who_asks_for_nothing_is_cut_off_in_time(sink: MjpegSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjpeg, "REQUEST_PATIENCE", 0.05)

    with socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE) as connection, suppress(ConnectionError):
        assert connection.recv(100) == b""


def test_one_reader_too_many_is_told_so(sink: MjpegSink) -> None:
    connections = [ask(sink) for _ in range(MAX_READERS)]
    for connection in connections:
        feed_until_read(sink, grey_frame(1), connection)

    with ask(sink) as late:
        response = http.client.HTTPResponse(late)
        response.begin()

    assert response.status == 503
    for connection in connections:
        connection.close()


def test_readers_that_never_read_cost_nothing_but_themselves(sink: MjpegSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjpeg, "READER_PATIENCE", 0.2)
    noise = Frame(np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8))
    stalled = [ask(sink) for _ in range(MAX_READERS - 1)]
    with ask(sink) as connection:
        assert b"\xff\xd9" in feed_until_read(sink, noise, connection)
        while len(sink._listener._readers) > 1:  # type: ignore[union-attr]
            feed_until_read(sink, noise, connection)

    assert sink.skipped > 0
    for each in stalled:
        each.close()


def test_nothing_is_encoded_while_nobody_reads(sink: MjpegSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjpeg, "encode_jpeg", lambda *_: pytest.fail("it was encoded"))

    sink.send(grey_frame(1))


def test_a_taken_port_is_named_with_the_remedy(sink: MjpegSink) -> None:
    second = MjpegSink(MjpegSettings(KEY, port=sink.port))

    with pytest.raises(SinkError, match=rf"cannot listen on 127.0.0.1 port {sink.port}: another program has it"):
        second.open(FORMAT, 30)


def test_closing_ends_the_readers_and_opens_again_on_the_same_port(sink: MjpegSink) -> None:
    port = sink.port
    with ask(sink) as connection:
        feed_until_read(sink, grey_frame(1), connection)
        sink.close()
        connection.settimeout(PATIENCE)
        with suppress(ConnectionError):
            while connection.recv(1 << 16):
                pass
    again = MjpegSink(MjpegSettings(KEY, port=port))
    again.open(FORMAT, 30)
    again.close()


@pytest.mark.ffmpeg
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe in PATH")
def test_ffprobe_finds_motion_jpeg_of_the_right_size(sink: MjpegSink) -> None:
    url = f"http://127.0.0.1:{sink.port}{PATH}?key=for+eyes+only"
    frame_format = FrameFormat(320, 180)

    with playing(sink, frame_format):
        done = subprocess.run(
            ["ffprobe", "-v", "error", "-of", "json", "-show_streams", url],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    (stream,) = json.loads(done.stdout)["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("mjpeg", 320, 180)


@pytest.mark.ffmpeg
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg in PATH")
def test_ffmpeg_reads_a_moving_picture(sink: MjpegSink) -> None:
    url = f"http://127.0.0.1:{sink.port}{PATH}?key=for+eyes+only"
    command = ["ffmpeg", "-v", "error", "-f", "mpjpeg", "-i", url, "-frames:v", "20"]

    with playing(sink):
        done = subprocess.run(
            [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, timeout=60, check=True
        )

    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, *FORMAT.shape)
    assert len(pictures) == 20
    assert len({int(picture.mean()) for picture in pictures}) > 15
