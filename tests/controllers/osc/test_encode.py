from __future__ import annotations

from controllers.osc.encode import MAX_BUNDLE_BYTES, encode_answer, encode_bundles
from controllers.osc.guard import IMMEDIATELY, Message, read_packet


def test_bundles_carry_all_messages_in_packets_that_fit() -> None:
    messages = [Message(f"/vj/parameter/{number}", (number / 2, "ü")) for number in range(200)]

    bundles = encode_bundles(messages)

    assert len(bundles) > 1
    assert all(len(bundle) <= MAX_BUNDLE_BYTES for bundle in bundles)
    assert [message for bundle in bundles for message in read_packet(bundle).messages] == messages
    assert {message.timetag for bundle in bundles for message in read_packet(bundle).messages} == {IMMEDIATELY}


def test_nothing_to_say_makes_no_packet() -> None:
    assert encode_bundles([]) == []


def test_one_answer_is_a_plain_message() -> None:
    assert encode_answer([Message("/vj/pong")]) == b"/vj/pong\0\0\0\0,\0\0\0"


def test_many_answers_are_one_packet_with_what_fits() -> None:
    answer = encode_answer([Message(f"/vj/parameter/{number}", (1,)) for number in range(200)])

    assert len(answer) <= MAX_BUNDLE_BYTES
    assert len(read_packet(answer).messages) > 30
