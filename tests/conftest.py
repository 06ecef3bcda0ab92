from __future__ import annotations

from tests.skip_gate import pytest_addoption, pytest_configure

__all__ = ("pytest_addoption", "pytest_configure")
