"""Runs a learn: hears the moves of all controllers, asks before a control is taken from another target, saves the result.

A control is never stolen: one that does something else already is shown as a conflict, and waits for a replace, a
cancel, or another control.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping

from controllers.midi.map_files import MapFiles
from controllers.midi.mapping.bindings import Binding
from controllers.midi.mapping.controls import Control, ControlEvent
from controllers.midi.mapping.learn import Entry, Learning, find_conflict
from controllers.midi.mapping.own_map import OwnMap
from core.control.actions import ACTIONS
from core.control.commands import CancelLearn, ForgetControls, LearnControl, MidiCommand, ReplaceLearned
from core.control.errors import CommandRefused, ConfigError, UnknownName
from core.control.midi_view import LearnState, LearnView
from core.control.parameters import PARAMETERS

logger = logging.getLogger(__name__)

MOVES_KEPT = 256  # between two looks; a fader at full speed sends 30

Bindings = Mapping[str, tuple[Binding, ...]]  # what the controls of each open port do


class Teacher:
    """`ask` and `hear` belong to any thread, `work` to the MIDI thread."""

    def __init__(self, files: MapFiles) -> None:
        self.view = LearnView()
        self._files = files
        self._requests: deque[MidiCommand] = deque()
        self._moves: deque[tuple[str, ControlEvent]] = deque(maxlen=MOVES_KEPT)
        self._learning: Learning | None = None
        self._is_wanted = False  # a learn was asked for; it begins with the next `work`
        self._conflict: Entry | None = None

    @property
    def is_learning(self) -> bool:
        return self._learning is not None

    def ask(self, command: MidiCommand, now: float) -> None:
        """Have a command carried out by the next `work`.

        Raises:
            InvalidValue, UnknownName: the target cannot be learned.
            CommandRefused: there is nothing to replace or cancel.
        """
        match command:
            case LearnControl(target, value):
                Learning(target, value, now)
                self._is_wanted = True
            case ForgetControls(target) if target not in PARAMETERS and target not in ACTIONS:
                raise UnknownName(f"no parameter or action is called {target!r}")
            case ReplaceLearned() if self._conflict is None:
                raise CommandRefused("nothing to replace: no learned control does something else already")
            case CancelLearn() if not self._is_wanted:
                raise CommandRefused("nothing to cancel: no control is being learned")
        self._requests.append(command)

    def hear(self, port: str, event: ControlEvent) -> None:
        self._moves.append((port, event))

    def work(self, bindings: Bindings, now: float) -> bool:
        """Carry out what was asked and moved since the last call; True when what controls do has changed."""
        has_changed = False
        while self._requests:
            has_changed |= self._carry_out(self._requests.popleft(), bindings, now)
        while self._moves and self._learning is not None:
            has_changed |= self._learn(self._learning, *self._moves.popleft(), bindings, now)
        self._moves.clear()
        if self._learning is not None and self._learning.is_over(now):
            self._end(LearnState.FAILED, "no control was moved")
        return has_changed

    def _carry_out(self, command: MidiCommand, bindings: Bindings, now: float) -> bool:
        match command:
            case LearnControl(target, value):
                self._conflict = None
                self._learning = Learning(target, value, now)
                self.view = LearnView(LearnState.WAITING, self._learning.words(), self._learning.hint)
            case ReplaceLearned() if self._conflict is not None:
                return self._keep(self._conflict)
            case CancelLearn():
                self._end(LearnState.IDLE, "")
            case ForgetControls(target):
                return self._forget(target, bindings)
        return False

    def _learn(self, learning: Learning, port: str, event: ControlEvent, bindings: Bindings, now: float) -> bool:
        if self._conflict is not None and event.control.overlaps(Control.parse(str(self._conflict["on"]))):
            return False  # it is still being moved while the hand looks for the answer
        entry = learning.hear(event, port, now)
        if entry is None:
            if self._conflict is None:
                self.view = LearnView(LearnState.WAITING, learning.words(), learning.hint)
            return False
        control = Control.parse(str(entry["on"]))
        other = find_conflict(bindings.get(port, ()), control, learning.target)
        if other is None:
            return self._keep(entry)
        self._conflict = entry
        text = f"{control} of {port} moves {other.to} already: replace that, cancel, or move another control"
        self.view = LearnView(LearnState.CONFLICT, learning.words(), text)
        return False

    def _keep(self, entry: Entry) -> bool:
        done = f"{entry['on']} of {entry['port']} moves {self.view.target} now"
        if not self._save(self._files.own.with_entry(entry)):
            return False
        logger.info("MIDI learn: %s", done)
        self._end(LearnState.LEARNED, done)
        return True

    def _forget(self, target: str, bindings: Bindings) -> bool:
        shipped = [(port, item) for port, items in bindings.items() for item in items if not item.is_own]
        if not self._save(self._files.own.without_target(target, shipped)):
            return False
        logger.info("MIDI: no control moves %s any more", target)
        self.view = LearnView(LearnState.IDLE, target, f"no control moves {target} any more")
        return True

    def _save(self, own: OwnMap) -> bool:
        try:
            self._files.save_own(own)
        except ConfigError as error:
            logger.warning("MIDI learn: %s", error)
            self._end(LearnState.FAILED, str(error))
            return False
        return True

    def _end(self, state: LearnState, text: str) -> None:
        self.view = LearnView(state, self.view.target, text)
        self._learning = self._conflict = None
        self._is_wanted = False
