"""Edit and keep: what a model wrote becomes a person's own text, with both stories: what the model wrote, and what the hand changed. Read `rewrite`.

The own text is an output like any other, with the way back to run, dataset and people: so a withdrawal reaches it as it reaches what the model wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media import changes
from lib.media.changes import Changes, Piece
from lib.project import arguments, outputs
from lib.project.folder import now
from lib.project.outputs import KEPT, Output

if TYPE_CHECKING:
    from lib.project import Project

LONGEST = 20_000    # letters


@dataclass(frozen=True)
class Rewritten:
    """written: what the model wrote. changes: what the hand did to it. by: who. at: when. of: the file of what the model wrote."""

    written: str
    changes: Changes
    by: str
    at: str
    of: str


def rewrite(project: Project, output: Output | str, words: str) -> Output:
    """Keeps `words` as a person's own text, made out of what a model wrote. output: that, or its file name; or an own text, which the new one replaces.

    Raises UserError for what is no text, for no words, where nothing was changed, and where its data may not be used today.
    """
    found = outputs.get(project, output if isinstance(output, str) else output.path.name)
    words = arguments.text("words", words).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if found.path.suffix != ".txt":
        raise UserError(f"{found.path.name} is no text.", "Only texts are edited here.", "Choose a text.")
    if not words.strip():
        raise UserError("There are no words.", "All of them were taken out.", "Reject the text instead, or leave some words.")
    if len(words) > LONGEST:
        raise UserError("This is too long.", f"Up to {LONGEST:,} letters are kept.", "Keep a part of it.")
    story, earlier = found.provenance(), rewritten(found)
    if words == found.text.strip("\n"):
        raise UserError("Nothing was changed.", "These are the words as they stood there.", "Change something, or press Keep.")
    written, of = (earlier.written, earlier.of) if earlier else (found.text, found.path.name)
    made = changes.compare(written.strip("\n"), words)
    told = {
        "by": project.actor, "at": now(), "of": of, "written": written, "kept": made.kept, "letters_written": made.written, "letters": made.stands,
        "changes": [[piece.kind, piece.words] for piece in made.pieces], **({"replaces": found.path.name} if earlier else {}),
    }  # fmt: skip
    own = outputs.save(project, words, story.get("seed", 0), {**story, "mark": KEPT, "rewritten": told})
    if earlier:
        outputs.remove(project, [found])
    return own


def rewritten(output: Output) -> Rewritten | None:
    """What the hand did to it; None for what stands as its model wrote it. Raises OSError or ValueError where its story cannot be read."""
    told = output.provenance().get("rewritten")
    if not told:
        return None
    pieces = tuple(Piece(kind, words) for kind, words in told["changes"])
    return Rewritten(told["written"], Changes(pieces, told["kept"], told["letters_written"], told["letters"]), told["by"], told["at"], told["of"])


def undo_rewrite(project: Project, output: Output) -> Output | None:
    """Takes an own text away; the one that it replaced comes back and is returned, else what the model wrote, where that still is there."""
    told = output.provenance().get("rewritten")
    if not told:
        raise UserError(f"{output.path.name} was not changed by hand.", "", "Choose an own text.")
    outputs.remove(project, [output])
    before = Output(output.path.with_name(told.get("replaces") or told["of"]))
    if told.get("replaces"):
        outputs.bring_back(project, [before])
    return before if before.path.exists() else None
