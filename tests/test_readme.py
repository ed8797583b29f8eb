"""The ten lines of the README, run as they stand (with fewer steps)."""

from __future__ import annotations

import re

from PIL import Image

from tests.conftest import ROOT


def ten_lines() -> str:
    return codes()[0]


def codes() -> list[str]:
    """The lines about training, and those about a chat."""
    training, chat = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [training, chat]


def test_the_ten_lines_of_the_readme_do_it_all(home, monkeypatch, capsys):
    code = ten_lines()
    shorter = code
    # A training of 30 steps may well be over within the wait of the README, and then there is nothing to stop.
    for written, tried in [('preset="quick"', "steps=30, width=4, batch=4"), ("timeout=20", "timeout=0.1")]:
        assert written in code
        shorter = shorter.replace(written, tried)
    monkeypatch.chdir(ROOT)
    done: dict = {}
    exec(compile(shorter, "README.md", "exec"), done)
    assert done["run"].state == "finished", done["run"].log()
    assert [line["step"] for line in done["run"].metrics()] == list(range(1, 31))
    assert len(done["pictures"]) == 16
    for output in done["pictures"]:
        with Image.open(output.path) as picture:
            assert picture.size == (64, 64)
    said = capsys.readouterr().out
    assert "200 added" in said
    assert "about " in said  # and when the first picture comes, unless this computer is busy with other tests
    assert "first picture in" in said or "this computer is busy" in said


def test_there_are_about_ten_lines():
    assert len([line for line in ten_lines().splitlines() if line.strip()]) <= 12


def test_every_file_that_the_readme_names_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {
        name
        for name in re.findall(r"`([\w./_-]+)`", text)
        if "/" in name or name.endswith((".py", ".md", ".bat", ".command"))
    }
    named |= set(re.findall(r"\]\(([^)]+)\)", text))
    missing = [
        name
        for name in named
        if not (ROOT / name).exists() and name not in ("run.md", "_template/", ".venv/bin/python", "~/Handmade")
    ]
    assert not missing


def test_the_tree_in_the_readme_is_the_tree():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    drawn = {word.strip("/") for word in re.findall(r"`(lib/[a-z_/]+/)`", text)}
    there = {str(path.parent.relative_to(ROOT)) for pattern in ("lib/*/__init__.py", "lib/ui/*/__init__.py") for path in ROOT.glob(pattern)}
    assert drawn - {"lib/models/tiny_base"} | {"lib/ui"} == there
