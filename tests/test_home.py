"""Covers Home.py and lib/ui: the first page says what it should, shows the workspace, and costs the server little."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from lib.errors import UserError
from lib.project import Project
from lib.ui import shelf, words

ROOT = Path(__file__).resolve().parent.parent


def open_home() -> AppTest:
    page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    assert not page.exception
    return page


def text_of(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.title, *page.header, *page.markdown, *page.code])


def test_the_first_page_says_what_handmade_is_what_is_here_and_what_is_coming(home):
    page = open_home()
    assert page.title[0].value == "Small datasets, made by hand"
    text = text_of(page)
    for sentence in (words.WHAT, words.COMING, words.TEN_LINES):
        assert sentence.strip() in text


def test_an_empty_workspace_says_how_to_begin_and_where_projects_will_be(home):
    text = text_of(open_home())
    assert "none yet" in text and str(home) in text


def test_the_projects_of_the_workspace_are_listed_by_name(home):
    Project.create("Tulips", home=home)
    Project.create("Grandma's voice", home=home)
    assert [entry.name for entry in shelf.projects(home)] == ["Grandma's voice", "Tulips"]
    text = text_of(open_home())
    assert "Tulips" in text and "still empty" in text and "none yet" not in text


def test_the_name_of_a_project_is_shown_as_it_is_and_never_as_a_picture_from_elsewhere(home):
    Project.create("![x](https://example.org/x.png) **loud** :red[a]", home=home)
    (line,) = [element.value for element in open_home().markdown if "example" in element.value]
    assert r"\!\[x\]\(https\:\/\/example\.org" in line and r"\*\*loud\*\*" in line


def test_a_project_that_cannot_be_counted_is_listed_with_the_reason(home, monkeypatch):
    def count(self, kind=None):
        raise UserError("This project is from a newer Handmade.", "", "Update Handmade.")

    Project.create("Tulips", home=home)
    monkeypatch.setattr(Project, "count", count)
    assert "newer Handmade" in shelf.projects(home)[0].content


def test_a_missing_sample_leaves_its_picture_out_and_nothing_else(tmp_path):
    assert shelf.sample_sheet(tmp_path) is None
    assert shelf.sample_sheet(tmp_path / "nowhere") is None


def test_the_sample_is_one_sheet_of_twelve():
    sheet = Image.open(io.BytesIO(shelf.sample_sheet()))
    assert sheet.size == (1440, 480)


def test_the_ten_lines_are_ten_and_every_name_in_them_is_there():
    lines = [line for line in words.TEN_LINES.splitlines() if line]
    assert len(lines) == 10
    known = {}
    exec("\n".join(lines[:2]), known)
    for node in ast.walk(ast.parse(words.TEN_LINES)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            assert hasattr(known[node.value.id], node.attr), ast.unparse(node)


def test_opening_the_first_page_loads_nothing_heavy():
    heavy = "torch cv2 datasets sklearn skimage scipy transformers diffusers gradio mediapipe".split()
    look = (f"from streamlit.testing.v1 import AppTest; page = AppTest.from_file('Home.py', default_timeout=60).run(); "
            f"import sys; assert not page.exception; print([name for name in {heavy} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr


# ---- .streamlit/config.toml


@pytest.fixture(scope="module")
def config() -> dict:
    return tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))


def test_the_server_speaks_to_this_computer_only_and_tells_nobody(config):
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableStaticServing"] is False
    assert config["browser"]["gatherUsageStats"] is False
    assert "://" not in (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")      # no font from elsewhere


def brightness(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ink", ["textColor", "linkColor", "codeTextColor"])
@pytest.mark.parametrize("paper", ["backgroundColor", "secondaryBackgroundColor"])
def test_words_stand_out_from_the_paper(config, theme, ink, paper):
    colours = config["theme"][theme]
    dark, bright = sorted([brightness(colours[ink]), brightness(colours[paper])])
    least = 7 if paper == "backgroundColor" or ink != "linkColor" else 4.5
    assert (bright + 0.05) / (dark + 0.05) >= least
