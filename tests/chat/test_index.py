"""The index: what is in it, how it is kept up, and that nothing of a withdrawn datapoint stays."""

from __future__ import annotations

import pytest

from lib import chat, collect, ledger
from lib.chat import documents, index
from lib.errors import UserError
from lib.project import Consent
from tests.chat.conftest import DIARY, LETTER, MINE


def titles(project) -> set[str]:
    return {facts["title"] for facts in index.read(project).known.values()}


def test_only_what_may_be_quoted_is_read(papers, tmp_path):
    silent = tmp_path / "secret.txt"
    silent.write_text("The key lies under the third stone.", encoding="utf-8")
    chat.add_documents(papers, silent, consent=Consent(state="given", purposes=["train"]))
    assert titles(papers) == {"diary.md", "letter.txt"} and sum(documents.withheld(papers).values()) == 1
    assert not any("stone" in found.text for found in chat.find(papers, "Where does the key lie?", top_k=20))


def test_captions_transcripts_and_the_journal_can_be_asked_too(papers, embedder):
    collect.write_entry(papers, "Nobody wanted to draw under the umbrella.", "2026-05-01")
    chat.update(papers)
    assert "Journal, 2026-05-01" in titles(papers)
    assert chat.find(papers, "umbrella")[0].kind == "journal"


def test_only_what_changed_is_read_again_and_twice_makes_no_twins(papers, tmp_path, embedder):
    before = len(index.read(papers))
    embedder.asked.clear()
    assert chat.update(papers)["passages"] == before and embedder.asked == []
    chat.add_documents(papers, tmp_path / "diary.md", consent=MINE)
    assert len(index.read(papers)) == before and embedder.asked == []
    more = tmp_path / "more.txt"
    more.write_text("A fox came to the door.", encoding="utf-8")
    chat.add_documents(papers, more, consent=MINE)
    assert len(index.read(papers)) == before + 1 and all("fox" in asked for asked in embedder.asked)


def test_another_size_makes_all_of_it_anew(papers):
    before = len(index.read(papers))
    chat.choose(papers, size=100, overlap=0)
    assert chat.compare(papers).anew
    assert chat.update(papers)["passages"] > before
    with pytest.raises(UserError, match="size"):
        chat.choose(papers, size=3)


def test_it_is_read_from_the_disk_as_it_was_written(papers):
    written = index.read(papers)
    index._held.clear()
    again = index.read(papers)
    assert again.passages == written.passages and (again.vectors == written.vectors).all() and again.known == written.known
    assert [again.sentence_vectors(n).tolist() for n in range(len(again))] == [written.sentence_vectors(n).tolist() for n in range(len(written))]


def test_what_was_stopped_is_found_by_its_words_and_goes_on_later(project, tmp_path, embedder):
    path = tmp_path / "diary.md"
    path.write_text(DIARY, encoding="utf-8")
    chat.add_documents(project, path, consent=MINE, should_stop=lambda: False)
    chat.choose(project, size=100, overlap=0)
    chat.update(project, should_stop=lambda: True)
    assert not index.read(project).is_embedded.any()
    assert "tulips" in chat.find(project, "tulips")[0].text
    chat.update(project)
    assert index.read(project).is_embedded.all()


def test_after_a_no_nothing_of_it_is_in_the_index_or_in_old_answers(papers):
    letter = next(item for item in papers.items(kind="text") if item.source_name == "letter.txt")
    answer = chat.ask(papers, "What did the goat eat?", speaker="passages", threshold=0.0)
    assert "goat" in answer.text
    ledger.withdraw(papers, items=[letter.id], confirm=True)
    assert titles(papers) == {"diary.md"}
    assert not any(word.encode() in path.read_bytes() for word in ("goat", "Pavle", "letter.txt") for path in papers.path.rglob("*") if path.is_file())
    assert not any("goat" in found.text for found in chat.find(papers, "What did the goat eat?", top_k=20))


def test_a_damaged_index_is_made_anew(papers):
    newest = index._editions(papers)[-1]
    (newest / "passages.jsonl").write_bytes(b"\x00{")
    index._held.clear()
    assert index.read(papers) is None
    chat.update(papers)
    assert titles(papers) == {"diary.md", "letter.txt"} and LETTER.split()[0] == "Dear"
