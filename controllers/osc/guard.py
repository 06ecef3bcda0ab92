"""Reads an OSC datagram, or refuses it with a reason, before python-osc sees it.

python-osc 1.10 alone is not safe on a socket: a bundle element of size -4 makes it loop for ever, strings that are not
UTF-8 raise out of it, short floats become 0, and the type tags `S` and `c` shift all arguments behind them. So the sizes are
checked here first and OscMessage only decodes what fits. Format: the OSC 1.0 specification, opensoundcontrol.org.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from pythonosc.osc_message import OscMessage

from core.control.errors import LatentdeckError

MAX_DEPTH = 8  # of bundles in bundles; real senders use 1
MAX_MESSAGES = 256  # that are read of one datagram; a TouchDesigner CHOP sends one per channel, whoever they are for
MAX_ADDRESS_LENGTH = 255
MAX_WILDCARDS = 4
MAX_TYPE_TAGS = 64
MAX_SAMPLES = 2048  # of one channel in a message; sound of 48 kHz has 1,600 in a frame of 1/30 s
IMMEDIATELY = 1  # the timetag that means "now"

_BUNDLE = b"#bundle\0"
_BUNDLE_HEADER_SIZE = 16
_PRINTABLE_ADDRESS = re.compile(rb"/[\x20-\x7e]*")
_WILDCARDS = b"*?[{"
_TYPE_TAGS = re.compile(rb"[ifsbhdTFNIrmt\[\]]*")
_SAMPLES = re.compile(rb"[ifhdTF]*")
_FIXED_SIZES = dict(zip(b"ifrmhdtTFNI[]", (4, 4, 4, 4, 8, 8, 8, 0, 0, 0, 0, 0, 0), strict=True))
_STRING, _BLOB = b"sb"


class BadPacket(LatentdeckError):
    """A datagram or a message in it is not OSC, or is larger than any real sender's."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decoded message; timetag is in NTP format (2**32 a second), IMMEDIATELY outside bundles."""

    address: str
    arguments: tuple[object, ...] = ()
    timetag: int = IMMEDIATELY


@dataclass(frozen=True, slots=True)
class Packet:
    """The good messages of a datagram in their order, and why the others were refused.

    left_out: how many were not read, as there were too many.
    """

    messages: tuple[Message, ...]
    refusals: tuple[str, ...]
    left_out: int = 0


def read_packet(datagram: bytes, root: str = "") -> Packet:
    """Decode a datagram; a bad message inside a sound bundle costs only itself.

    Of more than MAX_MESSAGES the first whose address begins with root are read: a patch may send us all its channels.

    Raises:
        BadPacket: the frame of messages and bundles is broken.
    """
    messages, refusals = [], []
    found = _find_messages(datagram)
    read = found if len(found) <= MAX_MESSAGES else _first_below(datagram, root.encode(), found)
    for start, end, timetag in read:
        try:
            messages.append(_read_message(datagram[start:end], timetag))
        except BadPacket as error:
            refusals.append(str(error))
    return Packet(tuple(messages), tuple(refusals), len(found) - len(read))


def _first_below(datagram: bytes, root: bytes, found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    return [message for message in found if datagram.startswith(root + b"/", message[0])][:MAX_MESSAGES]


def _find_messages(datagram: bytes) -> list[tuple[int, int, int]]:
    """The (start, end, timetag) of each message, found without recursion; a datagram of 64 KiB has room for 8,000."""
    if not datagram or len(datagram) % 4:
        raise BadPacket(f"an OSC packet has a positive multiple of 4 bytes, got {len(datagram)}")
    found: list[tuple[int, int, int]] = []
    waiting = [(0, len(datagram), 0, IMMEDIATELY)]
    while waiting:
        start, end, depth, timetag = waiting.pop()
        if datagram[start] == ord("/"):
            found.append((start, end, timetag))
            continue
        if depth >= MAX_DEPTH:
            raise BadPacket(f"bundles may be nested {MAX_DEPTH} deep, got more")
        timetag, elements = _split_bundle(datagram, start, end)
        waiting.extend((first, last, depth + 1, timetag) for first, last in reversed(elements))
    return found


def _split_bundle(datagram: bytes, start: int, end: int) -> tuple[int, list[tuple[int, int]]]:
    """The timetag and the (start, end) of each element."""
    if end - start < _BUNDLE_HEADER_SIZE or datagram[start : start + len(_BUNDLE)] != _BUNDLE:
        raise BadPacket("an OSC packet starts with '/' or '#bundle', got something else")
    (timetag,) = struct.unpack_from(">Q", datagram, start + len(_BUNDLE))
    elements = []
    index = start + _BUNDLE_HEADER_SIZE
    while index < end:
        (size,) = struct.unpack_from(">i", datagram, index)
        index += 4
        if size <= 0 or size % 4 or size > end - index:
            raise BadPacket(f"a bundle element has 4..{end - index} bytes in steps of 4, got {size}")
        elements.append((index, index + size))
        index += size
    return timetag, elements


def _read_message(data: bytes, timetag: int) -> Message:
    try:
        decoded = OscMessage(_checked(data))
    except BadPacket:
        raise
    except UnicodeDecodeError:
        raise BadPacket("text must be UTF-8, got other bytes") from None
    except Exception as error:  # whatever python-osc raises on foreign bytes, the socket lives on
        raise BadPacket(f"message not understood: {error}") from None
    return Message(decoded.address, tuple(decoded.params), timetag)


def _checked(data: bytes) -> bytes:
    """The message as python-osc can read it: an impulse (I) is a nil to it.

    Raises:
        BadPacket: an address, type tag or size is wrong.
    """
    address, index = _take_string(data, 0, "address")
    if len(address) > MAX_ADDRESS_LENGTH or not _PRINTABLE_ADDRESS.fullmatch(address):
        raise BadPacket(f"an address is printable ASCII of up to {MAX_ADDRESS_LENGTH} characters, got {address[:40]!r}")
    if sum(map(address.count, _WILDCARDS)) > MAX_WILDCARDS:
        raise BadPacket(f"an address may hold {MAX_WILDCARDS} wildcards, got {address[:40]!r}")
    if index == len(data):
        return data  # old senders leave out the type tags when there are no arguments
    start = index
    tags, index = _take_string(data, start, "type tags")
    most = MAX_SAMPLES if _SAMPLES.fullmatch(tags, 1) else MAX_TYPE_TAGS
    if not tags.startswith(b",") or len(tags) > most + 1 or not _TYPE_TAGS.fullmatch(tags, 1):
        raise BadPacket(f"type tags are ',' and up to {most} of ifsbhdTFNIrmt[], got {len(tags) - 1}: {tags[:40]!r}")
    for tag in tags[1:]:
        index = _skip_argument(data, index, tag)
    return data if b"I" not in tags else data[:start] + tags.replace(b"I", b"N") + data[start + len(tags) :]


def _skip_argument(data: bytes, index: int, tag: int) -> int:
    if tag == _STRING:
        return _take_string(data, index, "text argument")[1]
    size = _FIXED_SIZES.get(tag, 4)
    if tag == _BLOB and index + 4 <= len(data):
        (length,) = struct.unpack_from(">i", data, index)
        if length < 0:
            raise BadPacket(f"a blob has 0 bytes or more, got {length}")
        size = 4 + (length + 3) // 4 * 4
    if index + size > len(data):
        raise BadPacket(f"the arguments end before the last type tag, {chr(tag)!r} needs {size} bytes")
    return index + size


def _take_string(data: bytes, index: int, what: str) -> tuple[bytes, int]:
    """The text at index without its end mark, and the index behind its padding."""
    end = data.find(b"\0", index)
    if end < 0:
        raise BadPacket(f"the {what} has no end")
    return data[index:end], (end // 4 + 1) * 4
