"""A host to be killed: spawns a render worker with the model that ships, and says its process id.

Run as `python spawned_host.py STAGE`: "loading" says it at the first heartbeat, "online" when the model is there.
"""

from __future__ import annotations

import multiprocessing
import sys

from core.model_request import ModelRequest
from core.worker.jobs import Heartbeat, WorkerOnline
from core.worker.process import worker_main


def main(stage: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=worker_main, args=(theirs, ModelRequest("builtin", device="cpu")), daemon=True)
    process.start()
    theirs.close()
    awaited = {"loading": Heartbeat, "online": WorkerOnline}[stage]
    while not isinstance(ours.recv(), awaited):
        pass
    print(process.pid, flush=True)
    sys.stdin.read()  # until it is killed


if __name__ == "__main__":
    main(sys.argv[1])
