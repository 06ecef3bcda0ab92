"""Builds the datagrams that go out: single messages, and bundles that fit into one unfragmented packet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from controllers.osc.guard import Message

MAX_BUNDLE_BYTES = 1400  # below the 1500 of Ethernet less the headers, so that no fragment can get lost
_BUNDLE_HEADER_BYTES = 16
_ELEMENT_HEADER_BYTES = 4


def encode_answer(messages: Sequence[Message]) -> bytes:
    """One datagram, whatever was asked: what does not fit is left out, so that nobody is flooded in our name."""
    if len(messages) == 1:
        return bytes(_build(messages[0]).dgram)
    return next(_fill_bundles(messages))


def encode_bundles(messages: Iterable[Message]) -> list[bytes]:
    """All messages in bundles marked "immediately" of at most MAX_BUNDLE_BYTES; a message is never split."""
    return list(_fill_bundles(messages))


def _fill_bundles(messages: Iterable[Message]) -> Iterator[bytes]:
    contents: list[OscMessage] = []
    room = MAX_BUNDLE_BYTES - _BUNDLE_HEADER_BYTES
    for built in map(_build, messages):
        size = _ELEMENT_HEADER_BYTES + built.size
        if contents and size > room:
            yield _bundle(contents)
            contents, room = [], MAX_BUNDLE_BYTES - _BUNDLE_HEADER_BYTES
        contents.append(built)
        room -= size
    if contents:
        yield _bundle(contents)


def _build(message: Message) -> OscMessage:
    builder = OscMessageBuilder(message.address)
    for argument in message.arguments:
        builder.add_arg(argument)
    return builder.build()


def _bundle(contents: Sequence[OscMessage]) -> bytes:
    builder = OscBundleBuilder(IMMEDIATELY)
    for content in contents:
        builder.add_content(content)
    return bytes(builder.build().dgram)
