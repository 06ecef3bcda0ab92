"""A hand in a process of its own: turns blackout on and off over OSC, and sees when a browser's viewer gets to see it.

A process, so that it takes nothing from the interpreter of the show, and only one, so that both times are of one clock.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from controllers.osc.encode import encode_answer
from controllers.osc.guard import Message

DARK = 4.0  # mean grey level of 255 below which a preview is black: JPEG makes no exact zero
LONGEST_LATENCY = 5.0  # s after which a press counts as lost
SHORTEST_PAUSE, LONGEST_PAUSE = 0.3, 0.9  # s between two presses, so that they fall anywhere in a frame


@dataclass(frozen=True, slots=True)
class HandRequest:
    """osc: where to send; remote: the address of the web remote with its key."""

    osc: tuple[str, int]
    remote: str
    blackout_address: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """One press; latency in seconds to the first changed frame, None when none came."""

    latency: float | None


def run_hand(request: HandRequest, host: Connection) -> None:
    """Main of the process: presses until the host says anything or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc,
            connect(program_address(request.remote), compression=None, proxy=None, max_size=None) as viewer,
        ):
            viewer.send(json.dumps({"token": key_of(request.remote), "size": "preview"}))
            is_black = False
            while not host.poll():
                is_black = not is_black
                host.send(Pressed(_press(osc, viewer, request, is_black=is_black)))
                _watch(viewer, random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))  # noqa: S311 - no secret
    except (OSError, EOFError, WebSocketException):
        return  # the show has ended


def program_address(remote: str) -> str:
    """The websocket of the program picture behind the address of a remote."""
    return f"ws://{urlsplit(remote).netloc}/ws/program"


def key_of(remote: str) -> str:
    return unquote(urlsplit(remote).fragment.removeprefix("token="))


def is_dark(jpeg: bytes) -> bool:
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    return grey is not None and float(grey.mean()) < DARK


def _press(osc: socket.socket, viewer: ClientConnection, request: HandRequest, *, is_black: bool) -> float | None:
    packet = encode_answer([Message(request.blackout_address, (int(is_black),))])
    pressed_at = time.monotonic()
    osc.sendto(packet, request.osc)
    while (left := pressed_at + LONGEST_LATENCY - time.monotonic()) > 0:
        try:
            jpeg = viewer.recv(timeout=left)
        except TimeoutError:
            break
        seen_at = time.monotonic()
        if isinstance(jpeg, bytes) and is_dark(jpeg) == is_black:
            return seen_at - pressed_at
    return None


def _watch(viewer: ClientConnection, seconds: float) -> None:
    """Take the pictures that come meanwhile, so that none of them is taken for an answer later."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            viewer.recv(timeout=left)
        except TimeoutError:
            return
