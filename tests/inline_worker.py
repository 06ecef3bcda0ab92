"""The real render worker with the built-in model, stepped by hand in the test's own process: the whole engine without a race."""

from __future__ import annotations

from collections import deque
from functools import cache

from core.builtin.start_picture import find_picture
from core.control.mailbox import Latest
from core.control.snapshot import WorkerState, WorkerView
from core.diffusion.device import use_threads
from core.diffusion.model import Model, load_model
from core.model_request import BUILTIN, ModelRequest
from core.tree.build import Grower
from core.worker.jobs import HostMessage, WorkerMessage, WorkerOnline
from core.worker.process import HostLine, Worker


@cache
def builtin_model() -> Model:
    use_threads(1)
    return load_model(ModelRequest(BUILTIN, device="cpu"))


class ListLine(HostLine):
    """A line whose other end is in our hands; nobody ever waits on it."""

    def __init__(self) -> None:
        self.to_worker: deque[HostMessage] = deque()
        self.to_host: deque[WorkerMessage] = deque()

    def send(self, message: WorkerMessage) -> None:
        self.to_host.append(message)

    def receive(self, *, is_waiting: bool) -> HostMessage | None:
        return self.to_worker.popleft() if self.to_worker else None


class InlineWorker:
    """Playback's worker; does a job whenever `work` is called."""

    def __init__(self) -> None:
        model = builtin_model()
        self.view = Latest(WorkerView(WorkerState.ONLINE, model=BUILTIN))
        self._line = ListLine()
        self._worker = Worker(self._line, Grower(model.denoiser, pictures=find_picture), model.view)
        self._line.send(WorkerOnline(model.view))

    def send(self, message: HostMessage) -> None:
        self._line.to_worker.append(message)

    def receive(self, limit: int) -> list[WorkerMessage]:
        return [self._line.to_host.popleft() for _ in range(min(limit, len(self._line.to_host)))]

    def work(self) -> None:
        """Take the oldest message, and hear what cannot wait."""
        self._worker.work_once()

    def close(self) -> None:
        self._worker._detach()
