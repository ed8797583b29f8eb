"""What may stand on a slip, checked and brought to one way of writing. Read `as_day` for dates.

People write dates in many ways; what can be read in one way only is taken, and what cannot is asked about, never guessed.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from typing import Any

from lib.errors import UserError
from lib.project import arguments

LONGEST = {"date": 40, "place": 300, "time_limit": 60, "bent": 300, "note": 10_000, "own": 2_000}  # characters
_MONTHS = {name.lower(): number for names in (calendar.month_name, calendar.month_abbr) for number, name in enumerate(names) if name}
_WRITTEN = re.compile(r"(?:(\d{1,2})\.?\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})")


def as_line(name: str, value: object, longest: int) -> str:
    """One line of words; "" for none."""
    return " ".join(as_words(name, value, longest).split())


def as_words(name: str, value: object, longest: int) -> str:
    words = arguments.text(name, value).strip()
    if len(words) > longest:
        raise UserError(f"{name} has {len(words):,} characters.", f"The most is {longest:,}.", "Keep the long text in the journal.")
    return words


def as_day(name: str, value: object) -> str:
    """A day, month or year as ISO 8601 writes it: "2024-05-17", "2024-05" or "2024"; "" for none.

    Also read: 17.5.2024, 2024/5/17, 17 May 2024, May 2024, and datetime.date. Not read: 5/6/2024, which means another day
    on each side of an ocean. Raises UserError for that, and for what is no date.
    """
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    words = as_line(name, str(value) if isinstance(value, int) else value, LONGEST["date"])
    if not words:
        return ""
    parts = _parts(words)
    try:
        year, month, day = parts or (0, None, None)
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        parts = None
    if not parts:
        raise UserError(
            f"{arguments.shown(words)} is not a date.",
            "It could be read in two ways." if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", words) else "",
            "Write it as year-month-day, like 2024-05-17; 2024-05 or 2024 will do as well.",
        )
    return "-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part is not None)])


def _parts(words: str) -> tuple[int, int | None, int | None] | None:
    """(year, month, day) of what can be read in one way only."""
    for pattern, order in (
        (r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", (0, 1, 2)),
        (r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", (2, 1, 0)),
    ):
        if match := re.fullmatch(pattern, words, re.ASCII):
            parts: list[Any] = [int(part) if part else None for part in match.groups()]
            return parts[order[0]], parts[order[1]], parts[order[2]]
    match = _WRITTEN.fullmatch(words)
    if match and (month := _MONTHS.get(match[2].lower())):
        return int(match[3]), month, int(match[1]) if match[1] else None
    return None


def as_time_limit(name: str, value: object) -> str:
    """How long there was, in words: "30 s", "2 min", "as long as a song". A bare number is taken for seconds."""
    words = as_line(name, str(value) if isinstance(value, int | float) else value, LONGEST["time_limit"])
    return f"{words} s" if re.fullmatch(r"\d+([.,]\d+)?", words, re.ASCII) else words


def as_number(name: str, value: object) -> str:
    """A number as text, with a point; a decimal comma is read as well. "" for none."""
    words = as_line(name, str(value) if isinstance(value, int | float) else value, 40)
    if not words:
        return ""
    try:
        number = float(words.replace(",", ".")) if words.isascii() else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in words:
        raise UserError(f"{arguments.shown(words)} is not a number.", f"{name} is a field for numbers.", "Write it like 12 or 3.5.")
    return str(int(words)) if words.lstrip("+-").isdecimal() else f"{number:.15g}"


def as_choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    """One of the choices, however it is written; "" for none."""
    words = as_line(name, value, LONGEST["own"])
    known = {choice.casefold(): choice for choice in choices}
    if words and words.casefold() not in known:
        what = f"{arguments.shown(words)} is no choice of {name}."
        raise UserError(what, "", f"Choose one of: {', '.join(choices)}. Or add it to the field.")
    return known[words.casefold()] if words else ""


def in_words(day: str) -> str:
    """A day as people read it: "2024-05-17" -> "17 May 2024"."""
    year, *rest = day.split("-")
    if not rest:
        return year
    month = calendar.month_name[int(rest[0])]
    return f"{int(rest[1])} {month} {year}" if len(rest) > 1 else f"{month} {year}"
