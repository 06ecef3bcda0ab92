"""Pictures over a real loopback socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from core.control import commands as c
from core.frames.image import encode_png
from core.frames.picture_store import MAX_BYTES, PictureStore
from tests.web_remote.fakes import TOKEN, FakeShow, settings_for_tests
from tests.web_remote.test_app import admitted, closing, dial, hear
from web_remote import upload
from web_remote.app import WebRemote

NOISE = np.random.default_rng(5).integers(0, 255, (256, 256, 3), np.uint8)


@contextlib.asynccontextmanager
async def running(show: FakeShow, folder: Path | None) -> AsyncIterator[WebRemote]:
    keep = PictureStore(folder).keep if folder else None
    remote = WebRemote(settings_for_tests(), show.submit, show.snapshot, keep_picture=keep)
    await remote.start()
    try:
        yield remote
    finally:
        await remote.stop()


async def sent(connection: ClientConnection, content: bytes, cue: object = 1, **more: object) -> dict[str, object]:
    await connection.send(json.dumps({"cue": cue, **more}).encode() + b"\n" + content)
    answer: dict[str, object] = json.loads(await connection.recv())
    return answer


def test_a_picture_that_is_sent_is_kept_and_put_on_its_cue(tmp_path: Path) -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "sea")
        async with running(show, tmp_path) as remote, admitted(remote, "/ws/upload") as connection:
            assert await hear(connection, "ready") == {"type": "ready", "max_bytes": MAX_BYTES}
            answer = await sent(connection, encode_png(NOISE), cue=2)

        (kept,) = tmp_path.iterdir()
        assert len(encode_png(NOISE)) > 64 * 1024  # more than any other message may have
        assert answer == {"type": "kept", "cue": 2, "name": kept.name}
        assert show.commands == [c.PutPicture(c.ById(2), str(kept))]

    asyncio.run(scenario())


def test_a_mask_that_is_sent_becomes_the_mask_of_its_cue(tmp_path: Path) -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "sea")
        async with running(show, tmp_path) as remote, admitted(remote, "/ws/upload") as connection:
            assert (await hear(connection, "ready"))["max_bytes"] == MAX_BYTES
            await sent(connection, encode_png(NOISE), use="mask")

        (command,) = show.commands
        assert isinstance(command, c.PutPicture)
        assert command.use is c.PictureUse.MASK

    asyncio.run(scenario())


def test_a_locked_show_takes_no_picture(tmp_path: Path) -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        show.values["lock"] = True
        async with running(show, tmp_path) as remote, admitted(remote, "/ws/upload") as connection:
            await hear(connection, "ready")
            answer = await sent(connection, encode_png(NOISE))

        assert "the show is locked" in str(answer["text"])
        assert show.commands == []

    asyncio.run(scenario())


def test_what_is_wrong_is_answered_and_the_next_picture_is_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        async with running(show, tmp_path) as remote, admitted(remote, "/ws/upload") as connection:
            assert await hear(connection, "ready") == {"type": "ready", "max_bytes": MAX_BYTES}
            answers = [
                await sent(connection, b"no picture"),
                await sent(connection, encode_png(NOISE), cue=9),
                await sent(connection, encode_png(NOISE), cue="1"),
                await sent(connection, encode_png(NOISE)),
            ]

        assert [answer["type"] for answer in answers] == ["error", "error", "error", "kept"]
        assert "must be a PNG, JPEG or WebP file" in str(answers[0]["text"])
        assert answers[1]["text"] == "that cue is not in the setlist any more"
        assert len(show.commands) == 1

    asyncio.run(scenario())


def test_a_show_that_keeps_no_pictures_says_so() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog"), None) as remote, admitted(remote, "/ws/upload") as connection:
            assert await hear(connection, "ready") == {"type": "ready", "max_bytes": MAX_BYTES}
            answer = await sent(connection, encode_png(NOISE))

        assert answer == {"type": "error", "text": "this show keeps no pictures"}

    asyncio.run(scenario())


def test_nothing_is_taken_without_the_token(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog"), tmp_path) as remote, dial(remote, "/ws/upload") as connection:
            await connection.send(b'{"cue": 1}\n' + encode_png(NOISE[:8, :8]))
            code, _ = await closing(connection)

        assert code == 1008
        assert list(tmp_path.iterdir()) == []

    asyncio.run(scenario())


@pytest.mark.parametrize(("path", "greeting"), [("/ws/upload", "ready"), ("/ws/control", "hello")])
def test_a_message_beyond_the_limit_ends_the_connection(
    path: str, greeting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_UPLOAD_BYTES", 80_000)

    async def scenario() -> None:
        async with running(FakeShow("fog"), tmp_path) as remote, dial(remote, path) as connection:
            await connection.send(json.dumps({"token": TOKEN}))
            await hear(connection, greeting)
            with contextlib.suppress(ConnectionClosed):
                await connection.send(bytes(80_001))
            assert (await closing(connection))[0] == 1009

    asyncio.run(scenario())
