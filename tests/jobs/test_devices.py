"""Covers what is known of the cards of this machine without torch (lib/jobs/devices.py): how many there are, and their memory."""

from __future__ import annotations

import pytest

from lib.jobs import devices


@pytest.fixture(autouse=True)
def asked_anew():
    devices.memory.cache_clear()
    yield
    devices.memory.cache_clear()


def test_the_memory_of_a_card_is_what_its_own_program_says(monkeypatch):
    said = {"-L": "GPU 0: NVIDIA A\nGPU 1: NVIDIA B\n", "1": "24576\n", "0": "[N/A]\n"}
    monkeypatch.setattr(devices, "_ask_cards", lambda *arguments: said[arguments[-1]])
    assert devices._count_cards() == 2 and round(devices.memory("cuda:1"), 1) == 25.8 and devices.memory("cuda:0") == 0.0


def test_the_memory_of_a_processor_is_that_of_the_machine():
    assert devices.memory(devices.CPU) > 0.5


def test_without_the_program_there_is_no_card(monkeypatch):
    monkeypatch.setattr(devices.shutil, "which", lambda _: None)
    assert devices._ask_cards("-L") == "" and devices._count_cards() == 0
