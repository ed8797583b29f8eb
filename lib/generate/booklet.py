"""A booklet of kept texts: as plain text, as Markdown, and as a PDF to print; with the honest account of how it was made. Read `account`.

    generate.booklet(project, "pdf")        # bytes
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.generate.memory import remembered
from lib.generate.rewriting import rewritten
from lib.generate.selection import Chosen, Selection, selection
from lib.media import booklet_pdf
from lib.project.outputs import Output
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project

FORMS = ("txt", "md", "pdf")
HEADING = "How this booklet was made"


def booklet(project: Project, form: str = "pdf", chosen: Selection | None = None) -> bytes:
    """form: "txt", "md" or "pdf". chosen: the selection as it stands, unless told. Raises UserError where it is empty."""
    chosen = chosen or selection(project)
    if form not in FORMS:
        raise UserError(f"There is no booklet as {form!r}.", "", f"Choose one of: {', '.join(FORMS)}.")
    if not chosen.chosen:
        raise UserError("There is nothing to print yet.", "No text is kept, or all are left out.", "Keep some texts first.")
    told = account(project, chosen.chosen)
    if form == "pdf":
        pieces = [booklet_pdf.Piece(text.output.text.strip("\n"), text.title) for text in chosen.chosen]
        return booklet_pdf.make(chosen.title, chosen.by, pieces, [HEADING, *told])
    return (_as_text if form == "txt" else _as_markdown)(chosen, told).encode()


def look(pdf: bytes) -> list[bytes]:
    """The pages of a booklet as pictures (WebP)."""
    return list(booklet_pdf.pictures(pdf))


def _as_text(chosen: Selection, told: Sequence[str]) -> str:
    head = [chosen.title, *([chosen.by] if chosen.by else [])]
    texts = ["\n\n".join([*([text.title] if text.title else []), text.output.text.strip("\n")]) for text in chosen.chosen]
    return "\n\n\n".join(["\n".join(head), *texts, "\n\n".join([HEADING, *told])]) + "\n"


def _as_markdown(chosen: Selection, told: Sequence[str]) -> str:
    """Each line stands by itself (two spaces before its end), and no letter of a text is a mark of Markdown."""
    texts = [f"## {_plain(text.title)}\n\n{_lines(text.output.text)}" if text.title else f"* * *\n\n{_lines(text.output.text)}" for text in chosen.chosen]
    head = f"# {_plain(chosen.title)}" + (f"\n\n*{_plain(chosen.by)}*" if chosen.by else "")
    return "\n\n".join([head, *texts, f"## {HEADING}", *map(_plain, told)]) + "\n"


def _lines(words: str) -> str:
    stanzas = [stanza for stanza in words.strip("\n").split("\n\n") if stanza.strip()]
    return "\n\n".join("  \n".join(_plain(line.strip()) for line in stanza.splitlines() if line.strip()) for stanza in stanzas)


def _plain(words: str) -> str:
    marked = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~" else letter for letter in words)
    return f"\\{marked}" if marked.startswith(("-", "+", "=")) else marked


# ---- the honest account


def account(project: Project, texts: Sequence[Chosen]) -> list[str]:
    """Paragraphs: with which models, from whose words they learned, with what energy, and what the hand changed."""
    by_run: dict[str, list[Chosen]] = {}
    stories = {text.output.path.name: text.output.provenance() for text in texts}
    for text in texts:
        story = stories[text.output.path.name]
        by_run.setdefault(story.get("run") or story.get("model", ""), []).append(text)
    paragraphs = [f"{_many(len(texts), 'text')}, chosen and put in order by hand. A machine wrote them at first, letter by letter or word by word; a machine means nothing by what it writes."]
    for run, written in by_run.items():
        paragraphs.append(_of_model(project, run, [stories[text.output.path.name] for text in written]))
    return [*paragraphs, _of_hand(texts), _of_memory(project, texts), "Made with Handmade, a workbench for small datasets and models of one's own."]


def _of_model(project: Project, run: str, stories: Sequence[dict]) -> str:
    story = stories[0]
    sentences = [f"{_many(len(stories), 'text was', 'texts were')} written by {_model(story)}."]
    if not story.get("run") and story.get("model") in models.BASES and (base := models.card(story["model"]).base):
        sentences.append(f"It has learned nothing here; before, it was taught {base.data[:1].lower()}{base.data[1:]}")
    if story.get("dataset"):
        count = story.get("datapoints", 0)
        sentences.append(f"It learned from {_many(count, 'datapoint')} (the dataset {story['dataset']}){_makers(story)}.")
    sentences.append(_energy(project, run, story))
    seeds = sorted({one.get("seed", 0) for one in stories})
    sentences.append(f"Seeds: {', '.join(map(str, seeds[:40]))}{' …' if len(seeds) > 40 else ''}.")
    return " ".join(filter(None, sentences))


def _model(story: dict) -> str:
    try:
        card = models.card(story["model"])
    except (UserError, KeyError):
        return "a model that this version of Handmade does not know"
    if card.base is None:
        return card.title
    origin = f"{card.base.title} by {card.base.whose} ({card.base.licence.rstrip('.')})"
    return f"{card.title}, which starts from {origin}" if story.get("run") else origin


def _makers(story: dict) -> str:
    """As they want to be credited; who does not want to be named is counted."""
    named = [person["credit"] for person in story.get("people", ()) if person.get("credit")]
    unnamed = len(story.get("people", ())) - len(named)
    if unnamed:
        named.append(f"{unnamed} {'person who is' if unnamed == 1 else 'people who are'} not named")
    return f" by {', '.join(named[:-1])}{' and ' if len(named) > 1 else ''}{named[-1]}" if named else ""


def _energy(project: Project, run: str, story: dict) -> str:
    """What is known of it: counted where it was, else only how long it took."""
    elsewhere = story.get("trained_elsewhere") or {}
    if elsewhere.get("kwh") is not None:
        return f"Training it took {elsewhere['kwh']:.3g} kWh, as counted there."
    with contextlib.suppress(UserError, OSError, ValueError, KeyError, IndexError):
        seconds = elsewhere.get("seconds") or Run(project.run(run).path).metrics()[-1]["seconds"]
        return f"Training it took {_time(seconds)} of a computer; how much energy that was, nobody counted."
    return ""


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _of_hand(texts: Sequence[Chosen]) -> str:
    changed = [told for text in texts if (told := rewritten(text.output))]
    as_written = len(texts) - len(changed)
    if not changed:
        return "Nothing was changed by hand: each stands as the machine wrote it." if as_written > 1 else "Nothing was changed by hand: it stands as the machine wrote it."
    kept, written, stands = (sum(getattr(told.changes, name) for told in changed) for name in ("kept", "written", "stands"))
    stand = f"{_many(as_written, 'stands', 'stand')} as the machine wrote {'it' if as_written == 1 else 'them'}. " if as_written else ""
    return (f"{stand}{_many(len(changed), 'was', 'were')} changed by hand: {kept / max(1, written):.0%} of the letters that the machine wrote still stand there, "
            f"and {1 - kept / max(1, stands):.0%} of the letters that stand there are the hand's.")  # fmt: skip


def _of_memory(project: Project, texts: Sequence[Chosen]) -> str:
    """How many of them repeat what the model learned from."""
    by_heart, asked = 0, 0
    for text in texts:
        with contextlib.suppress(UserError, OSError):
            if told := remembered(project, Output(text.output.path)):
                asked, by_heart = asked + 1, by_heart + bool(told.wording.share)
    if not asked:
        return "Whether they repeat what the machine learned from was not asked."
    whose = f"Of the {asked:,} whose models learned here, " if asked < len(texts) else ""
    if not by_heart:
        return f"{whose}{'n' if whose else 'N'}one{'' if whose else ' of them'} repeats a longer passage of what its machine learned from, word for word."
    return f"{whose}{by_heart:,}{'' if whose else ' of them'} {'repeats' if by_heart == 1 else 'repeat'} passages of what the machine learned from, word for word."


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"
