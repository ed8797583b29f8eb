"""Sounds and texts on Augment: one of them before and after, to be heard, seen and read. Read `sounds`, then `texts`."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import streamlit as st

from lib import augment
from lib.augment import Heard, Look, Plan, Prospect, Said
from lib.project import items
from lib.project.items import Item
from lib.ui.augment import preview
from lib.ui.widgets import picture_grid, show

if TYPE_CHECKING:
    from lib.project import Project

_MARKS = {"gone": (":red[~~", "~~]"), "new": (":green[**", "**]"), "same": ("", "")}
_CHANNELS = {1: "mono", 2: "stereo"}


def sounds(project: Project, plan: Plan, prospect: Prospect) -> None:
    """A sound as it is and as it becomes, each with its player, its waveform and its spectrogram."""
    _one(project, plan, prospect, "sound", _show_sounds)


def texts(project: Project, plan: Plan, prospect: Prospect) -> None:
    """A text as it is and as it becomes; what went is struck through, what came is bold."""
    _one(project, plan, prospect, "text", _show_texts)


def _one(project: Project, plan: Plan, prospect: Prospect, noun: str, draw: Callable[[Item, Look, bool], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Before and after", anchor=False, width="content")
        if len(prospect.items) > 1:
            st.button(f"Another {noun}", icon=":material/shuffle:", type="tertiary", on_click=preview.shuffle)
    item = one_of(project, prospect, preview.shuffled())

    def ask() -> tuple[Look, bool]:
        look = augment.look(project, item, plan.recipe)
        return look, look.waiting

    preview.watched(ask, lambda look: draw(item, look, bool(plan.recipe.steps)))


def one_of(project: Project, prospect: Prospect, shuffled: int) -> Item:
    """The one that is shown: at each shuffle another, far from the last, and all of them before any comes again."""
    count = len(prospect.items)
    stride = next(step for step in range(round(count * 0.382) or 1, count + 2) if math.gcd(step, count) == 1)
    return items.find(project, ids=[prospect.items[shuffled * stride % count]])[0]


def _outcome(item: Item, look: Look, noun: str, part: str) -> None:
    """Which one it is, and what becomes of it, in a sentence or two."""
    sentences = [f"Number {item.number}" + (f", {item.caption or item.source_name}" if item.caption or item.source_name else "") + "."]
    if look.is_beginning:
        sentences.append(f"It is longer: only {part} of it are looked at here.")
    if look.left_out:
        sentences.append(f"It stays out of the dataset: {look.left_out}.")
    elif look.count > 1:
        shown = f"; the first {len(look.after)} are shown" if look.count > len(look.after) else ""
        sentences.append(f"{look.count:,} {noun}s become of it{shown}.")
    sentences += look.remarks
    st.markdown(f":small[{show.plain(' '.join(sentences))}]")


# ---- sounds --------------------------------------------------------------------------------------------------------


def _show_sounds(item: Item, look: Look, has_steps: bool) -> None:
    if look.waiting:
        st.markdown("It is being listened to: a few seconds at the first look, less at the next.")
        return
    _outcome(item, look, "sound", f"the first {augment.HEARD:g} seconds")
    _show_sound("as it is", cast(Heard, look.before), "before")
    for at, sound in enumerate(cast(Sequence[Heard], look.after) if has_steps else ()):
        _show_sound(preview.words_of(sound.name), sound, f"after.{at}", whole=at == 0 or len(look.after) <= 3)


def _show_sound(name: str, sound: Heard, key: str, whole: bool = True) -> None:
    """whole: with its spectrogram; of many pieces only the first has one, so that the page stays short."""
    st.subheader(name.capitalize(), anchor=False)
    st.audio(base64.b64decode(sound.play.partition(",")[2]), format="audio/flac")
    facts = sound_words(sound)
    picture_grid.one(sound.waveform, f"Waveform, {name}: {facts}", key=f"hear.{key}.waveform")
    if whole:
        picture_grid.one(sound.spectrogram, f"Spectrogram, {name}: how loud each pitch is at each moment", key=f"hear.{key}.spectrogram")
    st.markdown(f":small[{facts}]")


def sound_words(sound: Heard) -> str:
    """"3.2 s · 44,100 Hz · mono · loudness −23.0 LUFS · top −4.1 dBFS"."""
    channels = _CHANNELS.get(sound.channels, f"{sound.channels} channels")
    loud = "silent" if sound.lufs <= -70 else f"loudness {sound.lufs:.1f} LUFS · top {sound.peak:.1f} dBFS"
    return f"{sound.seconds:g} s · {sound.rate:,} Hz · {channels} · {loud}".replace("-", "−")


# ---- texts ---------------------------------------------------------------------------------------------------------


def _show_texts(item: Item, look: Look, has_steps: bool) -> None:
    _outcome(item, look, "text", f"the first {augment.READ:,} letters")
    st.subheader("As it is", anchor=False)
    with st.container(border=True):
        st.text(cast(Said, look.before).text)
    after = cast(Sequence[Said], look.after)
    for text in after if has_steps else ():
        st.subheader(preview.words_of(text.name).capitalize(), anchor=False)
        with st.container(border=True):
            _show_text(text)
    if any(what != "same" for text in after for what, _ in text.parts):
        st.markdown(":small[~~Struck through~~: it goes. **Bold**: it comes. ↵ is a line break, ␣ a blank.]")


def _show_text(text: Said) -> None:
    if any(what != "same" for what, _ in text.parts):
        st.markdown(marked(text.parts))
    else:
        st.text(text.text)


def marked(parts: tuple[tuple[str, str], ...]) -> str:
    """Markdown in which every word of a person is inert. Blanks and line breaks that went or came are shown as signs."""
    return "".join(_part(what, words) for what, words in parts)


def _part(what: str, words: str) -> str:
    if what == "gone":
        return _piece(what, words.replace("\n", "↵"))
    ends = "↵" if what == "new" else ""
    *lines, last = words.split("\n")
    return "".join(_piece(what, line + ends) + "  \n" for line in lines) + _piece(what, last)


def _piece(what: str, line: str) -> str:
    """A part of one line. Marks stand close to its words, as Markdown wants it; where there are none, blanks are seen."""
    if what != "same" and line and not line.strip():
        line = "␣" * len(line)
    inner, (start, end) = show.plain(line), _MARKS[what]
    before, after = (" " if line[:1].isspace() else ""), (" " if line[-1:].isspace() and inner else "")
    return f"{before}{start}{inner}{end}{after}" if inner else before
