"""Shared by the tests of pages: opening one as the server does, from Home.py, with the project in the address."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lib.ui.http import served
from tests.conftest import ROOT

PATIENCE = 60  # seconds; a busy machine is slow


@pytest.fixture
def visit(home, monkeypatch):
    """`page = visit("make/collect.py", project)`: the page as a person finds it; `page.run()` draws it anew."""

    monkeypatch.setattr(served, "by_us", True)

    def open_page(file: str, project=None, **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE)
        if project:
            page.query_params["project"] = project.path.name
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        if file != "home/welcome.py":
            page.switch_page(f"pages/{file}").run()
        assert not page.exception, page.exception
        return page

    return open_page


def words(page: AppTest) -> str:
    """Everything that stands on a page as text."""
    return "\n".join(
        str(part.value) for kind in ("title", "header", "subheader", "markdown", "caption", "error", "success", "info", "warning")
        for part in page.get(kind)
    )  # fmt: skip
