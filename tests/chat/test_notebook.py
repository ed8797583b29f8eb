"""The notebook of a question can be run from top to bottom, and each step shows what it made."""

from __future__ import annotations

import json

from lib.chat import notebook
from tests.chat.test_answering import says  # noqa: F401 - a fixture


def test_the_notebook_runs_from_the_question_to_the_checked_answer(papers, says, capsys):  # noqa: F811
    says("Grandmother stayed in and wrote a letter to Ana. She wrote a letter to Boris. The moon is green.")
    written = notebook.as_notebook(str(papers.home), papers.path.name, "What did grandmother write on Sunday?", {"top_k": 2})
    cells = json.loads(written)["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], cell["id"], "exec"), names)
    told = capsys.readouterr().out
    assert "words: 1" in told and "--- system" in told and "[1] " in told
    assert "letter to Ana.  [diary.md]" in told and "green.  [not found in your documents]" in told
