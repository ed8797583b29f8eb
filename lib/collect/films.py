"""Films that somebody chooses from: what they are, which stills would come of them, which of those are kept. Read `look_at_films` first.

    inbox = collect.bring(project, ["mila.mp4", "otto.mov"])
    look = collect.look_at_films(project, inbox, fps=2, start="0:10", window="centre")
    [still.second for still in look.stills if not look.keeps(still)]        # softer than the rest: only a suggestion
    collect.keep_still(project, inbox, look.stills[3].id, True)             # what is odd may be what matters
    collect.take_stills(project, inbox, consent, people=["Mila", "Otto"])

Everything is kept in the inbox (inbox.py), so that a page that is opened anew finds it as it was.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lib.collect import inbox as boxes
from lib.collect.adding import take_from_film
from lib.errors import UserError, is_disk_full
from lib.media import film
from lib.media.files import read_json, write_json
from lib.media.picture import open_picture
from lib.media.stills import BLURRED, Pick, relative, sharpness
from lib.project import arguments
from lib.project.consent import Consent, as_consent
from lib.project.folder import making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project

MOST = 5000         # stills in one look; more than that nobody looks through
_FILMS, _LOOK, _CHOICE = "films.json", "look.json", "choice.json"
_SMALL = 640        # px, longer side of a still to look at
_PARTS = 1000       # of one film's progress


@dataclass(frozen=True)
class Film:
    """One of these films. number: from 1, in the order that they were given. refused: why it cannot be used, or None."""

    number: int
    name: str
    seconds: float = 0.0
    rate: float = 0.0
    width: int = 0
    height: int = 0
    refused: dict | None = None

    @property
    def frame(self) -> str:
        """The name of a real frame of it, for the page."""
        return f"frame-{self.number}.webp"


@dataclass(frozen=True)
class Still:
    """A still that would come in. place: which one of its film, from 1. relative: its sharpness, of the film's middle one."""

    id: str
    film: int
    place: int
    second: float
    sharpness: float
    relative: float
    picture: str


@dataclass(frozen=True)
class Look:
    """What a look found. blurred: below which part of the film's middle sharpness a still is suggested to stay out.

    said: what a person decided, by a still's id; it stands above the suggestion.
    """

    pick: Pick
    stills: list[Still]
    blurred: float = BLURRED
    said: dict[str, bool] = field(default_factory=dict)

    def is_blurred(self, still: Still) -> bool:
        return still.relative < self.blurred

    def keeps(self, still: Still) -> bool:
        return self.said.get(still.id, not self.is_blurred(still))

    @property
    def kept(self) -> list[Still]:
        return [still for still in self.stills if self.keeps(still)]


def open_films(
    project: Project, inbox: str, *, progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[dict] | None:  # fmt: skip
    """Finds out what each film in an inbox is (length, size, a frame of it); one that is none is refused by name."""
    folder = boxes.folder_of(arguments.project(project), inbox)
    films = boxes.each(folder, _opened, progress, should_stop)
    if films is None:
        return None
    plain = [dataclasses.asdict(entry) for entry in films]
    write_json(folder / _FILMS, plain)
    return plain


def _opened(folder: Path, number: int, name: str) -> Film:
    try:
        about, still = film.facts(folder / f"{number:06d}", folder, name)
        _save_small(still, folder / f"frame-{number}.webp")
        still.unlink()
        return Film(number, name, **dataclasses.asdict(about))
    except UserError as error:
        if is_disk_full(error):
            raise
        return Film(number, name, refused=error.as_dict())


def opened(project: Project, inbox: str) -> list[Film] | None:
    """The films of an inbox as `open_films` found them; None before that."""
    path = boxes.folder_of(arguments.project(project), inbox) / _FILMS
    return [Film(**row) for row in read_json(path)] if path.exists() else None


def look_at_films(
    project: Project, inbox: str, *, fps: float = 1, every: int | None = None, scenes: float | None = None, start: object = 0,
    end: object = None, window: object = None, progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Look | None:  # fmt: skip
    """Takes small stills of all films in an inbox, to look at; nothing is added to the project.

    fps, every, scenes, start, end, window: which frames and which part of them, as Pick says (lib/media/stills.py).
    Returns the Look. None if it was stopped; then the look before stays.
    Raises UserError for a film that cannot be read, and for more than 5000 stills.
    """
    project = arguments.project(project)
    pick = Pick(fps=fps, every=every, scenes=scenes, start=start, end=end, window=window)  # type: ignore[arg-type]
    folder = boxes.folder_of(project, inbox)
    names, token = boxes.read(folder)["names"], secrets.token_hex(3)
    stills: list[Still] = []
    refused = {entry.number for entry in opened(project, inbox) or () if entry.refused}
    films = [number for number in range(1, len(names) + 1) if number not in refused]
    try:
        for done, number in enumerate(films):
            steps = _part_of(progress, done, len(films))
            stills += _look_at(folder, number, names[number - 1], pick, token, MOST - len(stills), steps, should_stop)
            if should_stop and should_stop():
                _clear_pictures(folder, keep=_token(folder))
                return None
    except BaseException:
        _clear_pictures(folder, keep=_token(folder))
        raise
    (folder / _CHOICE).unlink(missing_ok=True)
    plain = {"token": token, "pick": dataclasses.asdict(pick), "stills": [dataclasses.asdict(still) for still in stills]}
    write_json(folder / _LOOK, plain)
    _clear_pictures(folder, keep=token)
    return Look(pick, stills)


def _look_at(folder: Path, number: int, name: str, pick: Pick, token: str, limit: int, progress, should_stop) -> list[Still]:
    rows = []
    with making(folder) as temporary:
        taken = film.stills(
            folder / f"{number:06d}", temporary, progress=progress, name=name, pick=pick, longest=_SMALL, should_stop=should_stop
        )
        for place, (second, path) in enumerate(taken, start=1):
            if place > limit:
                taken.close()
                raise UserError(
                    f"More than {MOST:,} stills would come of this.", "Nobody looks through that many at once.",
                    "Take fewer for each second, or a shorter part of the film.",
                )  # fmt: skip
            picture = f"look-{token}-{number}-{place:06d}.webp"
            rows.append((second, _save_small(path, folder / picture), picture))
            path.unlink()
    parts = relative([sharp for _, sharp, _ in rows])
    return [
        Still(f"{number}-{place}", number, place, second, round(sharp, 1), part, picture)
        for place, ((second, sharp, picture), part) in enumerate(zip(rows, parts, strict=True), start=1)
    ]


def _save_small(still: Path, target: Path) -> float:
    """Saves it as a small WebP; returns its sharpness."""
    picture = open_picture(still)
    picture.thumbnail((_SMALL, _SMALL))
    picture.save(target, "WEBP", quality=80, method=2)
    return sharpness(picture)


def looked(project: Project, inbox: str) -> Look | None:
    """The last look at the films of an inbox, with what a person decided since; None before the first."""
    folder = boxes.folder_of(arguments.project(project), inbox)
    if not (folder / _LOOK).exists():
        return None
    stored = read_json(folder / _LOOK)
    choice = read_json(folder / _CHOICE) if (folder / _CHOICE).exists() else {}
    return Look(Pick(**stored["pick"]), [Still(**still) for still in stored["stills"]], **choice)


def forget_look(project: Project, inbox: str) -> None:
    """Back to the choice of which stills; the films stay."""
    folder = boxes.folder_of(arguments.project(project), inbox)
    for name in (_LOOK, _CHOICE):
        (folder / name).unlink(missing_ok=True)
    _clear_pictures(folder, keep="")


def keep_still(project: Project, inbox: str, still: str, keep: bool | None) -> None:
    """Decides about one still, by its id: in, out, or (None) as the suggestion says."""
    look = _needed(project, inbox)
    if still not in {candidate.id for candidate in look.stills}:
        raise UserError(f"There is no still {still!r} in this look.", "", "Look again, and choose one that is shown.")
    decisions = {**look.said, still: keep} if keep is not None else {other: way for other, way in look.said.items() if other != still}
    _choose(project, inbox, look.blurred, decisions)


def keep_all_stills(project: Project, inbox: str, keep: bool | None) -> None:
    """Decides about all of them at once: in, out, or (None) as the suggestion says."""
    look = _needed(project, inbox)
    _choose(project, inbox, look.blurred, {} if keep is None else {still.id: keep for still in look.stills})


def mark_blurred(project: Project, inbox: str, below: float) -> None:
    """Suggests to leave out what has less than this part (0 to 1) of its film's middle sharpness; 0 suggests nothing."""
    _choose(project, inbox, arguments.number("below", below, 0, 1), _needed(project, inbox).said)


def _choose(project: Project, inbox: str, blurred: float, decisions: dict[str, bool]) -> None:
    write_json(boxes.folder_of(project, inbox) / _CHOICE, {"blurred": blurred, "said": decisions}, durable=False)


def _needed(project: Project, inbox: str) -> Look:
    look = looked(project, inbox)
    if look is None:
        raise UserError("Nobody has looked at these films yet.", "", "Look first, then choose.")
    return look


# ---- adding ----------------------------------------------------------------------------------------------------------


def add_kept(
    project: Project, folder: Path, names: list[str], consents: list, makers: list, keep_film: bool, progress, should_stop
) -> Report:
    """The kept stills of an inbox become items, and films that could not be used are told. consents, makers: one for each."""
    look, whole = _needed(project, folder.name), Report()
    for entry in opened(project, folder.name) or ():
        if entry.refused:
            whole.refuse(entry.name, UserError(**entry.refused))
    places: dict[int, set[int]] = {}
    for still in look.kept:
        places.setdefault(still.film, set()).add(still.place)
    done, total = 0, len(look.kept)
    for number, only in sorted(places.items()):
        if should_stop and should_stop():
            break
        start = done
        part = take_from_film(
            project, folder / f"{number:06d}", look.pick, consents[number - 1], name=names[number - 1], only=only,
            maker=makers[number - 1], keep_film=keep_film, should_stop=should_stop,
            progress=(lambda step, _, start=start: progress(start + step, total)) if progress else None,
        )  # fmt: skip
        done += len(only)
        whole.join(part)
    return whole


def consents_for(consent: Consent | dict | None, people: list[str] | None, count: int) -> list[Consent | None]:
    """The consent of each film, in the name of who is in it."""
    default = as_consent(consent) if consent is not None else None
    if people is None:
        return [default] * count
    _check_number(people, count)
    return [_in_the_name_of(who, default or Consent()) for who in people]


def makers_for(makers: list[str] | None, count: int) -> list[str | None]:
    """Who is in each film, where somebody else says what is allowed."""
    if makers is None:
        return [None] * count
    _check_number(makers, count)
    return [who or None for who in makers]


def _check_number(names: list[str], count: int) -> None:
    if len(names) != count:
        raise UserError(
            f"{count} films and {len(names)} names do not go together.", "", "Give one name for each film, in their order."
        )


def _in_the_name_of(who: str, consent: Consent) -> Consent:
    """A yes of somebody is never made the project's own: without a name, nobody has said anything yet."""
    if not who and consent.basis == "person":
        return Consent()
    return dataclasses.replace(consent, person=who or None, basis=None)


def _part_of(progress, done: int, count: int):
    if progress is None or count == 1:
        return progress
    return lambda step, total: progress(done * _PARTS + step * _PARTS // max(total, 1), count * _PARTS)


def _token(folder: Path) -> str:
    return read_json(folder / _LOOK)["token"] if (folder / _LOOK).exists() else ""


def _clear_pictures(folder: Path, keep: str) -> None:
    for path in folder.glob("look-*.webp"):
        if not keep or not path.name.startswith(f"look-{keep}-"):
            os.unlink(path)
