"""The index of a project: its passages, their words and what they are about, in chat/ of its folder. Read `Index`, then `update`.

    chat/index-000007/
      index.json        how it was made: size and overlap of passages, embedder, documents with the hash of what they were
      passages.jsonl    one passage a line, in the order of all rows below
      passages.faiss    vectors of the passages that were embedded so far (FAISS, inner product; rows.npy says which)
      sentences.npy     vectors of their sentences, float16; sentence_rows.npy says how many each passage has
      words/            BM25 (bm25s) over the words of all passages
      map.npz           where passages lie on a map of what they are about (sense_map.py)

A folder is written whole, then takes the next number; whoever reads takes the highest. Nothing in it is pickled. While vectors are
still being made, passages are found by their words.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.chat import documents as project_documents
from lib.chat import embedding, language, passages, sense_map
from lib.chat.documents import Document
from lib.chat.passages import Passage
from lib.chat.sense_map import SenseMap
from lib.chat.sentences import Span
from lib.errors import UserError
from lib.media import locks
from lib.media.files import flush_folder, plainly, read_json, read_json_lines, write_json
from lib.project import arguments, labels
from lib.project.folder import making

if TYPE_CHECKING:
    from lib.project import Project

FOLDER = "chat"
_NAME = "index-"
_LOCK = "index.lock"
_PATIENCE = 600.0   # seconds; somebody else may be indexing
_TOGETHER = 64      # passages that are embedded between two looks whether to stop
_SAVE_EVERY = 20.0  # seconds between two savings while vectors are made
_SETTINGS = "chat_index"
_HELD = 4           # projects whose index stays in memory
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError, IndexError)     # what a power cut left half


@dataclass(frozen=True)
class Settings:
    """size, overlap: letters of a passage. embedder: as `embedding.open_embedder` knows it."""

    size: int = passages.SIZE
    overlap: int = passages.OVERLAP
    embedder: str = embedding.CARRIED


def settings(project: Project) -> Settings:
    return Settings(**(labels.setting(project, _SETTINGS) or {}))


def choose(project: Project, size: object = None, overlap: object = None, embedder: str | None = None) -> Settings:
    """Changes how documents are cut and read; the next `update` makes the index anew. Raises UserError for values out of bounds."""
    old = settings(project)
    size = old.size if size is None else arguments.whole("size", size, passages.SMALLEST, passages.LARGEST)
    overlap = min(old.overlap, size // 2) if overlap is None else arguments.whole("overlap", overlap, 0, size // 2)
    chosen = Settings(size, overlap, embedder or old.embedder)
    labels.keep_settings(project, {_SETTINGS: asdict(chosen)})
    return chosen


@dataclass
class Index:
    """settings: how it was made. known: {id of a document: {"sha256", "title", "kind", "item", "person", "language"}}.

    passages: all of them. vectors: float32 (n, length) of the passages, zeros where none was made yet. sentences: float16
    (m, length), first[i]:first[i + 1] are those of passage i.
    """

    settings: Settings
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    vectors: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    sentences: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float16))
    first: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    edition: int = 0
    _words: Any = None
    _faiss: Any = None

    def __len__(self) -> int:
        return len(self.passages)

    @property
    def is_embedded(self) -> np.ndarray:
        """bool (n,): which passages have their vectors."""
        return self.vectors.any(axis=1) if len(self) else np.zeros(0, bool)

    def sentence_vectors(self, number: int) -> np.ndarray:
        """float32 (sentences of the passage, length); empty where none were made yet."""
        return self.sentences[self.first[number] : self.first[number + 1]].astype(np.float32)

    # ---- looking up

    def by_words(self, question: str, most: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """(passage, BM25), best first; only those with a word of the question. among: bool (n,), which may be found."""
        asked = [word for word in dict.fromkeys(self._asked(question)) if word in self._words.vocab_dict] if self._words else []
        if not asked:
            return []
        scores = self._words.get_scores(asked)
        if among is not None:
            scores = np.where(among, scores, 0.0)
        best = np.argsort(-scores, kind="stable")[:most]
        return [(int(number), float(scores[number])) for number in best if scores[number] > 0]

    def _asked(self, question: str) -> list[str]:
        """Its words as each language of the documents would have them: a short question has none of its own."""
        spoken = {facts["language"] for facts in self.known.values()} or {language.ENGLISH}
        return [word for tongue in sorted(spoken) for word in language.words(question, tongue)]

    def document_frequency(self, word: str) -> int:
        """How many passages have a word (as `language.words` gives it)."""
        column = self._words.vocab_dict.get(word) if self._words else None
        return 0 if column is None else int(self._words.scores["indptr"][column + 1] - self._words.scores["indptr"][column])

    def by_meaning(self, vector: np.ndarray, most: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """(passage, cosine), best first, among those that were embedded."""
        if self._faiss is None or not self._faiss.ntotal:
            return []
        if among is not None:
            scores = np.where(among & self.is_embedded, self.vectors @ vector, -2.0)
            best = np.argsort(-scores, kind="stable")[:most]
            return [(int(number), float(scores[number])) for number in best if scores[number] > -2]
        scores, rows = self._faiss.search(vector[None], min(most, self._faiss.ntotal))
        return [(int(self._rows[row]), float(score)) for row, score in zip(rows[0], scores[0], strict=True)]

    def prepare(self) -> Index:
        """Makes what is looked up with, from what it holds."""
        import bm25s
        import faiss

        if self.passages and self._words is None:
            tokens = [language.words(passage.text, self.known[passage.document]["language"]) for passage in self.passages]
            self._words = bm25s.BM25()
            self._words.index(tokens if any(tokens) else [["-"] for _ in tokens], show_progress=False)
        self._rows = np.flatnonzero(self.is_embedded)
        self._faiss = faiss.IndexFlatIP(self.vectors.shape[1])
        if len(self._rows):
            self._faiss.add(np.ascontiguousarray(self.vectors[self._rows], np.float32))
        return self


# ---- on the disk -----------------------------------------------------------------------------------------------------


def folder_of(project: Project) -> Path:
    return project.path / FOLDER


def _editions(project: Project) -> list[Path]:
    """The folders of indexes, the newest last."""
    return sorted(path for path in folder_of(project).glob(f"{_NAME}[0-9]*") if path.is_dir())


_held: OrderedDict[tuple[Path, str], Index] = OrderedDict()
_holding = threading.Lock()


def read(project: Project) -> Index | None:
    """The newest index; None where there is none yet. It stays in memory until there is a newer one."""
    for path in reversed(_editions(project)):
        key = (project.path, path.name)
        with _holding:
            if key in _held:
                _held.move_to_end(key)
                return _held[key]
        try:
            index = _read(path).prepare()
        except _UNREADABLE:
            continue    # a newer one took its place just now, or a power cut left it half
        with _holding:
            for old in [old for old in _held if old[0] == project.path]:
                del _held[old]
            _held[key] = index
            while len(_held) > _HELD:
                _held.popitem(last=False)
        return index
    return None


def _read(path: Path) -> Index:
    import bm25s
    import faiss

    told = read_json(path / "index.json")
    rows = read_json_lines(path / "passages.jsonl")
    index = Index(Settings(**told["settings"]), told["documents"], [_passage(row) for row in rows], edition=int(path.name.removeprefix(_NAME)))
    found = faiss.read_index(str(path / "passages.faiss"))
    embedded = np.load(path / "rows.npy", allow_pickle=False)
    index.vectors = np.zeros((len(rows), found.d), np.float32)
    if found.ntotal:
        index.vectors[embedded] = found.reconstruct_n(0, found.ntotal)
    index.sentences = np.load(path / "sentences.npy", allow_pickle=False)
    index.first = np.load(path / "sentence_rows.npy", allow_pickle=False)
    if len(index.first) != len(rows) + 1:
        raise ValueError("half an index")
    if rows:
        index._words = bm25s.BM25.load(path / "words", allow_pickle=False)
    return index


@dataclass(frozen=True)
class About:
    """passages: how many there are. embedded: of them, how many are found by meaning too. documents: {id: sha256} as they were read."""

    passages: int = 0
    embedded: int = 0
    documents: dict[str, str] = field(default_factory=dict)
    settings: Settings | None = None


def about(project: Project) -> About:
    """What a page says of the index; reads no vector."""
    for path in reversed(_editions(project)):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told = read_json(path / "index.json")
            known = {name: facts["sha256"] for name, facts in told["documents"].items()}
            return About(told["passages"], told["embedded"], known, Settings(**told["settings"]))
    return About()


def map_of(project: Project) -> SenseMap | None:
    """Where passages lie on the map; None while none was embedded."""
    for path in reversed(_editions(project)):
        with contextlib.suppress(*_UNREADABLE):
            return sense_map.read(path)
    return None


def is_behind(project: Project, there: Iterable[Document]) -> bool:
    """Whether the index is not what it would be, were it made now of these documents."""
    known = about(project)
    return (
        known.settings != settings(project)
        or known.embedded < known.passages
        or known.documents != {document.id: document.sha256 for document in there}
    )


def _passage(row: dict) -> Passage:
    return Passage(row["document"], row["start"], row["end"], row["page"], row["text"], tuple(Span(*span) for span in row["sentences"]))


def _write(project: Project, index: Index) -> Index:
    """As the next edition; the earlier ones go. In a transaction, as deleting for good is one: it comes before or after."""
    with making(folder_of(project)) as folder, plainly(folder):
        _fill(folder, index.prepare())
        with project.database.write() as connection:
            _refuse_gone(connection, index)
            before = _editions(project)
            index.edition = 1 + (int(before[-1].name.removeprefix(_NAME)) if before else 0)
            os.replace(folder, folder_of(project) / f"{_NAME}{index.edition:06d}")
    flush_folder(folder_of(project))
    for path in before:
        shutil.rmtree(path, ignore_errors=True)
    return index


def _fill(folder: Path, index: Index) -> None:
    import faiss

    with open(folder / "passages.jsonl", "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(passage) | {"sentences": passage.sentences}) + "\n" for passage in index.passages)
    faiss.write_index(index._faiss, str(folder / "passages.faiss"))
    np.save(folder / "rows.npy", index._rows, allow_pickle=False)
    np.save(folder / "sentences.npy", index.sentences, allow_pickle=False)
    np.save(folder / "sentence_rows.npy", index.first, allow_pickle=False)
    sense_map.write(folder, index.passages, index.known, index.vectors, index._rows)
    if index._words is not None:
        index._words.save(folder / "words", show_progress=False)
    counts = {"passages": len(index), "embedded": len(index._rows)}
    write_json(folder / "index.json", {"settings": asdict(index.settings), "documents": index.known, **counts}, durable=False)


class _Gone(Exception):
    """Something in it was deleted for good while it was made."""


def _refuse_gone(connection, index: Index) -> None:
    there = set(connection.exec_driver_sql("SELECT id FROM items").scalars())
    if any(facts["item"] and facts["item"] not in there for facts in index.known.values()):
        raise _Gone


# ---- making it, and keeping it up --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """What an update would do. fresh: documents that are new or another. gone: ids of those that left. anew: all of them, why."""

    fresh: list[Document]
    gone: list[str]
    anew: str = ""

    def __bool__(self) -> bool:
        return bool(self.fresh or self.gone or self.anew)


def compare(project: Project, index: Index | None = None) -> Difference:
    """What is not in the index as it is now."""
    index, chosen = index or read(project), settings(project)
    there = project_documents.every(project)
    if index is None or index.settings != chosen:
        return Difference(there, [], _why_anew(index, chosen) if index else "")
    ids = {document.id for document in there}
    fresh = [document for document in there if index.known.get(document.id, {}).get("sha256") != document.sha256]
    return Difference(fresh, [known for known in index.known if known not in ids])


def _why_anew(index: Index, chosen: Settings) -> str:
    if index.settings.embedder != chosen.embedder:
        return f"It was made with {index.settings.embedder}, whose numbers {chosen.embedder} does not understand."
    return "The size of its passages is another."


def update(
    project: Project, *, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
) -> dict[str, int]:  # fmt: skip
    """Brings the index to what the project holds now; only what changed is read again.

    First all passages can be found by their words, then one after the other by what they are about; what was made when it is stopped
    or killed is kept. Returns {"documents", "passages", "embedded"}. progress: in passages. Raises UserError if the disk is full or
    the embedder is not here.
    """
    folder_of(project).mkdir(exist_ok=True)
    lock = locks.take(folder_of(project) / _LOCK, _PATIENCE)
    if lock is None:
        raise UserError("The documents are being read already.", "Somebody else asked for it.", "Wait until that has come to its end.")
    with lock:
        while True:
            try:
                index = _updated(project, progress, should_stop)
                return {"documents": len(index.known), "passages": len(index), "embedded": int(index.is_embedded.sum())}
            except _Gone:
                continue


def _updated(project: Project, progress: Callable | None, should_stop: Callable | None) -> Index:
    old, chosen = read(project), settings(project)
    difference = compare(project, old)
    if old and not difference and old.is_embedded.all():
        return old
    embedder = embedding.open_embedder(chosen.embedder)
    kept = old if old and old.settings == chosen else None
    index = _write(project, _assembled(project, kept, difference, chosen, embedder))
    missing = np.flatnonzero(~index.is_embedded)
    saved = time.monotonic()
    for start in range(0, len(missing), _TOGETHER):
        if should_stop and should_stop():
            break
        _embed(index, missing[start : start + _TOGETHER], embedder)
        if progress:
            progress(min(start + _TOGETHER, len(missing)), len(missing))
        if time.monotonic() - saved > _SAVE_EVERY:
            index, saved = _write(project, index), time.monotonic()
    return _write(project, index) if len(missing) else index


def _assembled(project: Project, old: Index | None, difference: Difference, chosen: Settings, embedder: embedding.Embedder) -> Index:
    """The passages of now: those of unchanged documents with their vectors, those of the others without."""
    leaving = {*difference.gone, *(document.id for document in difference.fresh)}
    index = _without(old, leaving) if old else Index(chosen, vectors=np.zeros((0, embedder.length), np.float32), sentences=np.zeros((0, embedder.length), np.float16))
    fresh: list[Passage] = []
    for document in difference.fresh:
        index.known[document.id] = {
            "sha256": document.sha256, "title": document.title, "kind": document.kind, "item": document.item, "person": document.person,
            "language": language.sense(document.text),
        }  # fmt: skip
        fresh += passages.cut(document, chosen.size, chosen.overlap, embedding.reader(embedder))
    counts = [len(passage.sentences) for passage in fresh]
    index.passages += fresh
    index.vectors = np.vstack([index.vectors, np.zeros((len(fresh), embedder.length), np.float32)])
    index.sentences = np.vstack([index.sentences, np.zeros((sum(counts), embedder.length), np.float16)])
    index.first = np.concatenate([index.first, index.first[-1] + np.cumsum(counts, dtype=np.int64)])
    return index


def _without(index: Index, leaving: set[str]) -> Index:
    """The same index without these documents: nothing of them is in it."""
    stays = np.array([passage.document not in leaving for passage in index.passages], bool)
    per_sentence = np.repeat(stays, np.diff(index.first))
    return Index(
        index.settings, {name: dict(facts) for name, facts in index.known.items() if name not in leaving},
        [passage for passage, stay in zip(index.passages, stays, strict=True) if stay], index.vectors[stays], index.sentences[per_sentence],
        np.concatenate([[0], np.cumsum(np.diff(index.first)[stays], dtype=np.int64)]),
    )  # fmt: skip


def _embed(index: Index, numbers: Sequence[int], embedder: embedding.Embedder) -> None:
    """Passages with the title of their document before them, which tells what they are about; sentences alone."""
    some = [index.passages[number] for number in numbers]
    titles = [spoken_title(index.known[passage.document]["title"]) for passage in some]
    headed = [f"{title}\n{passage.text}" for title, passage in zip(titles, some, strict=True)]
    fits = embedding.reader(embedder)
    index.vectors[list(numbers)] = embedder.embed([text if fits(text) else passage.text for text, passage in zip(headed, some, strict=True)])
    rows = np.concatenate([np.arange(index.first[number], index.first[number + 1]) for number in numbers])
    index.sentences[rows] = embedder.embed([passage.sentence(at) for passage in some for at in range(len(passage.sentences))])


def spoken_title(title: str) -> str:
    """A file's name as words: "letters-1962.txt" -> "letters 1962"."""
    return " ".join(Path(title).stem.replace("_", " ").replace("-", " ").split())


# ---- what a withdrawal must reach ---------------------------------------------------------------------------------------


def touched(project: Project, gone: Iterable) -> list[Path]:
    """The indexes in which one of these items is."""
    ids = {item.id for item in gone}
    return [path for path in _editions(project) if ids & set(_items_in(path))]


def forget(project: Project, gone: Iterable) -> None:
    """Takes these items out of the index: no passage, no vector, no word of them stays, in the memory of this process neither."""
    ids = {item.id for item in gone}
    paths = touched(project, gone)
    with _holding:
        for key in [key for key in _held if key[0] == project.path]:
            del _held[key]
    for path in paths:
        try:
            index = _read(path)
            leaving = {name for name, facts in index.known.items() if facts["item"] in ids}
            rest = _without(index, leaving)
        except _UNREADABLE:
            rest = None     # a damaged one is made anew when it is needed
        if rest is not None and rest.passages and path == paths[-1]:
            _replace(project, path, rest)
        shutil.rmtree(path, ignore_errors=True)


def _replace(project: Project, path: Path, rest: Index) -> None:
    with making(folder_of(project)) as folder, plainly(folder):
        _fill(folder, rest.prepare())
        os.replace(folder, path.with_name(f"{_NAME}{int(path.name.removeprefix(_NAME)) + 1:06d}"))


def _items_in(path: Path) -> Iterator[str]:
    try:
        yield from (facts["item"] for facts in read_json(path / "index.json")["documents"].values())
    except (OSError, ValueError, KeyError):
        return
