from __future__ import annotations

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from tests.fakes import ShowRig


def test_tags_of_a_prompt_are_not_painted_and_told_once() -> None:
    rig = ShowRig(drafts=[CueDraft("(gold:1.2) mandala", negative="<lora:x:1> text", seed=1), CueDraft("blue", seed=2)])
    notices = rig.tick(30).notices
    planned = rig.show.plan.next_planned()
    rig.close()

    assert planned is not None
    keyframes = {planned.spec.left, planned.spec.right}
    assert {(each.prompt, each.negative) for each in keyframes} == {("gold mandala", "text"), ("blue", "")}
    (notice,) = [notice for notice in notices if "tags" in notice.text]
    assert (notice.is_error, "cue 1 '(gold:1.2)', '<lora:x:1>'." in notice.text) == (False, True)


def test_tags_that_are_typed_or_added_later_are_told_when_they_are_there() -> None:
    rig = ShowRig(2)
    rig.tick(8)
    rig.submit(c.AppendCue(CueDraft("<lora:a:1> sea")))
    added = [notice.text for notice in rig.tick(2).notices]
    rig.submit(c.EditCue(ByNumber(1), prompt="(gold:1.2)"))
    typed = [notice.text for notice in rig.tick(8).notices]
    rig.close()

    assert ["cue 3" in text for text in added] == [True]
    assert ["cue 1 '(gold:1.2)'." in text for text in typed] == [False, True]
