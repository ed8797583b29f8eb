"""The lines of the README about a chat, run as they stand."""

from __future__ import annotations

from lib.project import Consent
from tests.test_readme import codes


def test_the_lines_about_a_chat_do_what_they_say(project, tmp_path, embedder, monkeypatch, capsys):
    from docx import Document

    from lib.chat import speakers
    from tests.chat.test_answering import model_that_says

    (tmp_path / "diary.md").write_text("# Diary\n\nIt rained. Grandmother wrote a letter to Ana when it rained.\n", encoding="utf-8")
    letters = Document()
    letters.add_paragraph("The goat ate my hat.")
    letters.save(tmp_path / "letters.docx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(speakers, "chat_model", lambda *_: model_that_says(("Grandmother wrote a letter to Ana.",), None, []))
    monkeypatch.setattr(speakers, "count_tokens", lambda speaker, words: len(words.split()))
    exec(compile(codes()[1].replace("letters.pdf", "letters.docx"), "README.md", "exec"), {"project": project, "Consent": Consent})
    assert capsys.readouterr().out == "Grandmother wrote a letter to Ana. diary.md\n"
