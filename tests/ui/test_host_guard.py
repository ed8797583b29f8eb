"""Covers who may come in: names of this computer, and those that somebody opened it to on purpose."""

from __future__ import annotations

import pytest

from lib.ui.http import host_guard


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "127.0.0.1", "[::1]:8501", "[::1]", "LOCALHOST"])
def test_this_computer_may_enter(host):
    assert host_guard.may_enter({"host": host})


@pytest.mark.parametrize("host", ["", "evil.example", "evil.example:8501", "127.0.0.1.evil.example", "192.168.0.7:8501"])
def test_other_names_may_not(host):
    assert not host_guard.may_enter({"host": host})


def test_a_name_that_it_was_opened_to_may_enter(monkeypatch):
    monkeypatch.setenv("HANDMADE_HOSTS", "class.example, other.example")
    assert host_guard.may_enter({"host": "class.example"}) and host_guard.may_enter({"host": "Other.example:443"})
    assert not host_guard.may_enter({"host": "third.example"})


def test_it_can_be_opened_to_everybody(monkeypatch):
    monkeypatch.setenv("HANDMADE_HOSTS", "*")
    assert host_guard.may_enter({"host": "whatever.example"})


def test_a_picture_for_another_site_is_told_from_a_link_to_this_one():
    assert host_guard.is_embedded_elsewhere({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})
    assert not host_guard.is_embedded_elsewhere({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    assert not host_guard.is_embedded_elsewhere({"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"})
