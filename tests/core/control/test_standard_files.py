from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOLD = """
import os, sys
from core.control.standard_files import hold_standard_files
hold_standard_files()
for stream in (sys.stdout, sys.stderr):
    stream.write("nobody reads this")
    stream.flush()
with open(sys.argv[1], "w") as file:
    print(file.fileno(), file=file)
"""


@pytest.mark.skipif(os.name != "posix", reason="another system: no process starts without its standard files")
def test_a_process_without_standard_files_has_them_all_and_no_file_in_their_place(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -c \'{HOLD}\' "{tmp_path / "out"}" <&- >&- 2>&-'

    subprocess.run(["/bin/sh", "-c", command], check=True)

    assert int((tmp_path / "out").read_text()) > 2
