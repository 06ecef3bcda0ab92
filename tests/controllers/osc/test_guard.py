from __future__ import annotations

import struct

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from controllers.osc.guard import IMMEDIATELY, MAX_MESSAGES, BadPacket, read_packet

BUNDLE = b"#bundle\0"


def message(address: bytes, tags: bytes = b"", data: bytes = b"") -> bytes:
    return pad(address) + (pad(b"," + tags) if tags else b"") + data


def pad(text: bytes) -> bytes:
    return text + b"\0" * (4 - len(text) % 4)


def bundle(*elements: bytes, timetag: int = IMMEDIATELY) -> bytes:
    body = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return BUNDLE + struct.pack(">Q", timetag) + body


@pytest.mark.parametrize(
    ("tag", "value"),
    [("i", -7), ("h", 2**40), ("f", 0.5), ("d", 0.1), ("s", "nöch ein Wald"), ("T", True), ("F", False), ("N", None), ("b", b"\1\2")],
)  # fmt: skip
def test_every_common_type_arrives_as_it_was_sent(tag: str, value: object) -> None:
    builder = OscMessageBuilder("/vj/x")
    builder.add_arg(value, tag)

    packet = read_packet(builder.build().dgram)

    assert packet.messages[0].arguments == (value,)


def test_an_impulse_arrives_as_nothing_and_shifts_no_argument_behind_it() -> None:
    packet = read_packet(message(b"/vj/x", b"Ii", struct.pack(">i", 7)))

    assert packet.messages[0].arguments == (None, 7)


def test_a_message_without_type_tags_has_no_arguments() -> None:
    assert read_packet(pad(b"/vj/go")).messages[0].arguments == ()


def test_messages_of_nested_bundles_keep_their_order_and_timetag() -> None:
    inner = bundle(message(b"/b"), message(b"/c"), timetag=5)

    packet = read_packet(bundle(message(b"/a"), inner, message(b"/d"), timetag=4))

    assert [(found.address, found.timetag) for found in packet.messages] == [("/a", 4), ("/b", 5), ("/c", 5), ("/d", 4)]


def test_a_bad_message_costs_only_itself() -> None:
    packet = read_packet(bundle(message(b"/a"), message(b"/b", b"c", b"\0\0\0A"), message(b"/c")))

    assert [found.address for found in packet.messages] == ["/a", "/c"]
    assert len(packet.refusals) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "multiple of 4", id="nothing"),
        pytest.param(b"/vj", "multiple of 4", id="not a multiple of 4"),
        pytest.param(b"abcd", "starts with", id="neither address nor bundle"),
        pytest.param(b"#bundle\0" + b"\0" * 4, "starts with", id="short bundle header"),
        pytest.param(bundle()[:16] + struct.pack(">i", -4), "4..0 bytes", id="element of size -4"),
        pytest.param(bundle()[:16] + struct.pack(">i", 0), "4..0 bytes", id="element of size 0"),
        pytest.param(bundle()[:16] + struct.pack(">i", 8) + b"/a\0\0", "4..4 bytes", id="element beyond the end"),
    ],
)
def test_a_broken_frame_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadPacket, match=reason):
        read_packet(data)


def test_of_too_many_messages_the_first_of_ours_are_read() -> None:
    others, ours = [message(b"/td/x")] * 300, [message(f"/vj/{number}".encode()) for number in range(300)]

    packet = read_packet(bundle(*others, *ours), "/vj")

    assert [found.address for found in packet.messages] == [f"/vj/{number}" for number in range(MAX_MESSAGES)]
    assert packet.refusals == ()
    assert packet.left_out == 600 - MAX_MESSAGES


def test_as_many_messages_as_may_be_are_all_read() -> None:
    packet = read_packet(bundle(*[message(b"/a")] * MAX_MESSAGES), "/vj")

    assert (len(packet.messages), packet.left_out) == (MAX_MESSAGES, 0)


def test_a_whole_slice_of_samples_is_read() -> None:
    packet = read_packet(message(b"/vj/depth", b"f" * 800, struct.pack(">800f", *range(800))))

    assert packet.messages[0].arguments == tuple(map(float, range(800)))


def test_deep_nesting_is_refused_without_recursion() -> None:
    data = message(b"/a")
    for _ in range(2999):
        data = bundle(data)

    with pytest.raises(BadPacket, match="nested"):
        read_packet(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"/vjx", "no end", id="address without end"),
        pytest.param(message(b"/" + b"a" * 255), "255 characters", id="long address"),
        pytest.param(message("/vj/gö".encode()), "printable ASCII", id="address with an umlaut"),
        pytest.param(message(b"/vj/\n"), "printable ASCII", id="address with a control character"),
        pytest.param(message(b"/*/*/*/*/*"), "4 wildcards", id="too many wildcards"),
        pytest.param(message(b"/a", b"N" * 65), "64", id="too many type tags"),
        pytest.param(message(b"/a", b"f" * 2049, b"\0" * 8196), "2048", id="too many samples"),
        pytest.param(message(b"/a", b"S", b"abc\0"), "type tags", id="type that python-osc does not know"),
        pytest.param(message(b"/a") + b"ixx\0", "type tags", id="type tags without comma"),
        pytest.param(message(b"/a", b"i"), "end before", id="missing int"),
        pytest.param(message(b"/a", b"d", b"\0" * 4), "end before", id="half a double"),
        pytest.param(message(b"/a", b"sf", b"abc\0"), "end before", id="float missing after text"),
        pytest.param(message(b"/a", b"s", b"abcd"), "no end", id="text without end"),
        pytest.param(message(b"/a", b"s", b"\xff\xfe\0\0"), "UTF-8", id="text that is not UTF-8"),
        pytest.param(message(b"/a", b"b", b"\xff\xff\xff\xf0"), "blob", id="negative blob"),
        pytest.param(message(b"/a", b"b", b"\0\0\0\x10"), "end before", id="blob beyond the end"),
        pytest.param(message(b"/a", b"[i", b"\0" * 4), "not understood", id="open array"),
        pytest.param(message(b"/a", b"]"), "not understood", id="array closed before it opens"),
    ],
)  # fmt: skip
def test_a_broken_message_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    packet = read_packet(data)

    assert packet.messages == ()
    assert reason in packet.refusals[0]
