"""Which process goes first; in a process of its own, since nobody gets their place back."""

import logging
import os
import subprocess
import sys

import pytest

from app import priority
from app.priority import NICENESS

ASK = "import os, sys; from app.priority import take_place; take_place(sys.argv[1]); print(os.nice(0))"


def place(role: str) -> int:
    done = subprocess.run([sys.executable, "-c", ASK, role], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_models_and_web_stand_behind_the_line():
    usual = os.nice(0)
    assert place("models") == place("web") == min(usual + 5, 19)
    assert place("media") <= usual


@pytest.mark.skipif(os.geteuid() != 0, reason="going first needs root")
def test_the_line_goes_first():
    assert place("media") == max(os.nice(0) + NICENESS["media"], -20)


def test_where_it_may_not_it_runs_all_the_same_and_says_so(monkeypatch, caplog):
    def refused(increment):
        raise PermissionError

    monkeypatch.setattr(priority.os, "nice", refused)
    with caplog.at_level(logging.INFO):
        priority.take_place("media")
    assert "usual priority" in caplog.text
