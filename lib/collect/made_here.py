"""Made here, in the browser: a drawing, a take of the microphone. Each goes in at once. Read `add_drawing` first.

What the browser sends is a file like any other: it is verified, cleaned and looked up among what is there already.
"""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any, BinaryIO

from lib.collect import slips
from lib.errors import UserError
from lib.media import silence
from lib.media.source import Refusal, naming
from lib.project import arguments, intake
from lib.project.consent import Consent, as_consent
from lib.project.folder import ITEMS, making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.media.sound import Sound
    from lib.project import Project

WIDEST = 4096               # px, of a drawing's sides
LONGEST_TAKE = 15 * 60           # seconds, of a take
_TIME_LIMIT = 24 * 3600     # seconds


def add_drawing(
    project: Project, png: BinaryIO, consent: Consent | dict | None = None, *, name: str = "", seconds: float = 0, time_limit: int = 0
) -> Report:
    """Adds a drawing: a PNG, which lies on white paper afterwards (RGB, nothing see-through).

    name: what it is called; the day and time unless told. seconds: how long it was drawn, kept as a fact ("drawn_seconds").
    time_limit: seconds that were given for it, written on its slip; 0 where there was no limit.
    Returns a report with .added, .duplicates and .rejected. Raises UserError where it is no open file, and when the disk is full.
    """
    project, consent, png = arguments.project(project), as_consent(consent), open_file("png", png)
    facts = {"made": "drawn here", "drawn_seconds": round(arguments.number("seconds", seconds, 0, _TIME_LIMIT), 1)}
    time_limit = arguments.whole("time_limit", time_limit, 0, _TIME_LIMIT)
    name, report = _name(name, "drawing", ".png"), Report()
    try:
        content = _on_paper(png, name)
    except UserError as error:
        report.refuse(name, error)
        return report
    report = _take_in(project, name, content, consent, facts)
    for item in report.added if time_limit else ():
        slips.set_slip(project, item, time_limit=f"{time_limit} s")
    return report


def add_take(project: Project, wav: BinaryIO, consent: Consent | dict | None = None, *, name: str = "", trim: bool = True) -> Report:
    """Adds a take of the microphone, a WAV of up to 15 minutes.

    trim: without the silence at its ends (lib/media/silence.py); what went is kept as facts, in seconds ("trimmed_before",
    "trimmed_after"). Returns a report as `add_drawing` does. Raises UserError where it is no open file, and when the disk is full.
    """
    from lib.media.sound import oddities

    project, consent, wav = arguments.project(project), as_consent(consent), open_file("wav", wav)
    name, report = _name(name, "take", ".wav"), Report()
    facts: dict[str, Any] = {"made": "recorded here"}
    try:
        take = _decoded(wav, name)
        first, last = silence.loud_span(take.samples, take.rate) if trim else (0, len(take.samples))
        if (first, last) != (0, len(take.samples)):
            facts |= {"trimmed_before": round(first / take.rate, 2), "trimmed_after": round((len(take.samples) - last) / take.rate, 2)}
            content = take.cut(first, last).as_file()
            facts |= {key: value for key, value in oddities(take.samples, take.rate).items() if key == "top_dbfs"}
        else:
            wav.seek(0)
            content = wav.read()
    except UserError as error:
        report.refuse(name, error)
        return report
    return _take_in(project, name, content, consent, facts)


def silence_of(wav: BinaryIO) -> dict[str, float]:
    """Where a take is loud: {"seconds", "first", "last"}, all in seconds; without its silence it goes from first to last.

    Raises UserError for what is no sound, or no open file.
    """
    take = _decoded(open_file("wav", wav), "This take")
    first, last = silence.loud_span(take.samples, take.rate)
    return {"seconds": round(take.seconds, 3), "first": round(first / take.rate, 3), "last": round(last / take.rate, 3)}


def open_file(name: str, file: Any) -> BinaryIO:
    """What was given as `name`: a file that is open for reading bytes. Raises UserError for anything else."""
    if not (hasattr(file, "read") and hasattr(file, "seek")) or isinstance(file, io.TextIOBase):
        raise UserError(f"{name} cannot be {arguments.shown(file)}.", "It is an open file.", f'Open it first: {name}=open(path, "rb").')
    return file


def _take_in(project: Project, name: str, content: bytes, consent: Consent, facts: dict) -> Report:
    with making(project.path / ITEMS) as folder:
        path = folder / "made"
        path.write_bytes(content)
        return intake.take_in(project, [path], consent, names={path: name}, facts=lambda _: facts)


def _name(name: str, what: str, suffix: str) -> str:
    """A file name in words, without what would lead out of a folder."""
    title = " ".join(arguments.text("name", name).replace("/", " ").replace("\\", " ").split())[:120]
    return f"{title or f'{what} {datetime.datetime.now():%Y-%m-%d %H-%M-%S}'}{suffix}"


def _on_paper(png: BinaryIO, name: str) -> bytes:
    """The same picture as a PNG in RGB, on white. Raises UserError."""
    from PIL import Image

    with naming(name):
        with Image.open(png, formats=["PNG"]) as drawn:
            if max(drawn.size) > WIDEST:
                raise Refusal("is too large for a drawing", f"A side has up to {WIDEST:,} px.", "Add it as a file.")
            ink = drawn.convert("RGBA")
        paper = Image.new("RGB", ink.size, "white")
        paper.paste(ink, mask=ink.getchannel("A"))
        content = io.BytesIO()
        paper.save(content, "PNG", optimize=True)
        return content.getvalue()


def _decoded(wav: BinaryIO, name: str) -> Sound:
    """Raises UserError for what is no WAV, is empty, or too long."""
    import soundfile

    from lib.media.sound import Sound, check_samples

    wav.seek(0)
    with naming(name), soundfile.SoundFile(wav) as file:
        if not file.frames:
            raise Refusal("holds no sound", "It is 0 seconds long.", "Record it again.")
        if file.frames > LONGEST_TAKE * file.samplerate or file.channels > 2:
            raise Refusal("is too long for a take", f"A take has up to {LONGEST_TAKE // 60} minutes.", "Add it as a file.")
        take = Sound(file.read(dtype="float32", always_2d=True), file.samplerate)
        check_samples(take.samples)
        return take
