"""Covers notes on Audio: a MIDI file becomes what stands in their field, and what is no melody is said."""

from __future__ import annotations

import pytest

from lib import generate
from lib.media import midi
from lib.player import client
from tests.pages.conftest import words
from tests.sounding import sounding_project

PAGE = "play/audio.py"


@pytest.fixture
def played(home, monkeypatch):
    """No player is started."""
    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)
    return sounding_project(home)


@pytest.fixture
def page(visit, played):
    """Where it is to follow notes."""
    audio = visit(PAGE, played[0], run=played[1].id)
    return next(group for group in audio.button_group if group.label == "What it follows").set_value("notes").run()


def test_a_midi_file_becomes_notes_that_can_be_changed(page):
    content = midi.write([midi.Note(0, 60, 90, 0, 1), midi.Note(1, 64, 90, 0, 2)], 90)
    next(one for one in page.file_uploader if one.label == "MIDI file").set_value(("song.mid", content, "audio/midi")).run()
    assert next(one for one in page.text_area if one.label == "Notes").value == "C4 E4:2"
    assert "2 notes, at 90 beats a minute" in words(page)


def test_a_file_without_a_melody_is_said(page):
    drums = midi.write([midi.Note(0, 38, 90, midi.DRUMS, 1)], 90)
    next(one for one in page.file_uploader if one.label == "MIDI file").set_value(("beat.mid", drums, "audio/midi")).run()
    assert "has no melody" in " ".join(one.value for one in page.error)
