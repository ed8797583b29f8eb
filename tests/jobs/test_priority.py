"""Covers who comes first: a training steps back for everybody, a task a little, and either works on."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from lib import train
from lib.jobs import priority
from tests.conftest import ROOT
from tests.jobs.conftest import TINY
from tests.jobs.waiting import until

_STEP_BACK = "import os, threading; from lib.jobs import priority; priority.step_back({});"
_TELL = "print(os.nice(0), os.sched_getscheduler(0) == os.SCHED_IDLE)"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the idle class")
@pytest.mark.parametrize("is_task, chosen, stands", [
    (False, "", "19 True"), (False, "normal", "10 False"), (True, "", "10 False"), (True, "normal", "10 False"),
])  # fmt: skip
def test_a_training_takes_what_nobody_wants_and_a_task_steps_back_a_little(is_task, chosen, stands, monkeypatch):
    monkeypatch.setenv(priority.VARIABLE, chosen)
    told = subprocess.run([sys.executable, "-c", _STEP_BACK.format(is_task) + _TELL], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == stands


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the idle class")
def test_threads_that_come_later_step_back_as_well(monkeypatch):
    monkeypatch.delenv(priority.VARIABLE)
    told = subprocess.run([sys.executable, "-c", _STEP_BACK.format(False) + f"threading.Thread(target=lambda: {_TELL}).start()"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "19 True"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the idle class")
@pytest.mark.parametrize("has_its_own_session, written", [(True, "19"), (False, "")])
def test_its_session_steps_back_with_it_and_no_other(has_its_own_session, written, monkeypatch, tmp_path):
    """Whether the system honours it is its own matter: many containers keep no groups of processes, and their file is empty."""
    monkeypatch.delenv(priority.VARIABLE)
    autogroup = tmp_path / "autogroup"
    autogroup.touch()
    command = f"from pathlib import Path; from lib.jobs import priority; priority.AUTOGROUP = Path({str(autogroup)!r}); priority.step_back(False)"
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True, start_new_session=has_its_own_session)
    assert autogroup.read_text() == written


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the idle class")
def test_a_system_that_refuses_the_session_still_gets_the_idle_class(monkeypatch, tmp_path):
    monkeypatch.delenv(priority.VARIABLE)
    command = f"import os; from pathlib import Path; from lib.jobs import priority; priority.AUTOGROUP = Path({str(tmp_path)!r}); priority.step_back(False);" + _TELL
    told = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True, start_new_session=True)
    assert told.stdout.strip() == "19 True"


def test_a_training_steps_back_when_it_begins(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.state == "running" and run.status["step"])
    assert psutil.Process(run.status["pid"]).nice() == (10 if os.name != "nt" else psutil.BELOW_NORMAL_PRIORITY_CLASS)
    train.stop(run)
    assert run.wait(timeout=60) == "stopped"
