# The commands that one types all day. PYTHON and AREA may be given: make test AREA=tests/live/show
PYTHON ?= .venv/bin/python
AREA ?=
TABLES = reference.md show.md osc.md states.md

.PHONY: run test check docs bench

run:
	$(PYTHON) -m live

test:
	$(PYTHON) -m pytest $(AREA)

check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

docs:
	for table in $(TABLES); do $(PYTHON) -m live.generate.reference docs/$$table; done
	$(PYTHON) -m live.generate.midi_reference docs/midi.md
	$(PYTHON) -m pdoc --output-directory build/api core.blending core.control core.tree live.show controllers.osc

bench:
	$(PYTHON) -m live bench quality --seeds 1
	$(PYTHON) -m tests.benchmarks.quiet_tick
