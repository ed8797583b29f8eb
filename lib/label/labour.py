"""Labour: the seconds of active work, by item and person, for the labour ledger. Read `add_time`.

A page counts only while somebody is at work: it stops the clock after a pause of 30 seconds, and sends what it counted.
A project can switch the counting off; then nothing is written, and what was counted stays.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import arguments, labels
from lib.project import database as db
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project import Project

PAUSE = 30.0  # seconds without a key, a click or a touch, after which the clock stands still
_LONGEST = 3600.0  # seconds of one span: more is a clock that went wrong
_SETTING = "count_time"
ACTIVITIES = ("collect", "label")


def is_time_counted(project: Project) -> bool:
    """Whether the working time of this project is counted: yes, unless somebody switched it off."""
    return bool(labels.setting(arguments.project(project), _SETTING, True))


def count_time(project: Project, on: bool) -> None:
    """Switches the counting of working time on or off for this project."""
    labels.keep_settings(arguments.project(project), {_SETTING: bool(on)})


def add_time(project: Project, item_id: str | None, seconds: float, *, activity: str = "label", token: str | None = None) -> bool:
    """Writes down that the actor worked for so many seconds at a datapoint (None: at none in particular).

    token: of the browser; a span with a token that was written already is passed over. Returns False where nothing was
    written: counting is off, or the span was known. Raises UserError for a time that is none.
    """
    project, seconds = arguments.project(project), arguments.number("seconds", seconds, 0, _LONGEST)
    if activity not in ACTIVITIES:
        raise UserError(f"There is no activity called {activity!r}.", "", f"Choose one of: {', '.join(ACTIVITIES)}.")
    if not seconds or not is_time_counted(project):
        return False
    item_id, token = item_id and arguments.item_id(item_id), token and arguments.text("token", token)[:64]
    row = dict(item=item_id, actor=project.actor, activity=activity, seconds=seconds, at=now(), token=token)
    known = sa.select(db.items.c.id).where(db.items.c.id == item_id)
    with project.database.write() as connection:
        row["item"] = connection.execute(known).scalar_one_or_none()  # deleted meanwhile: the work was done all the same
        return bool(connection.execute(db.working_time.insert().prefix_with("OR IGNORE").values(row)).rowcount)


def seconds_today(project: Project) -> float:
    """How long the actor has worked today at this project, in seconds of active time."""
    c, project = db.working_time.c, arguments.project(project)
    midnight = datetime.datetime.combine(datetime.date.today(), datetime.time()).astimezone(datetime.UTC)
    since = midnight.strftime("%Y-%m-%dT%H:%M:%S")
    query = sa.select(sa.func.coalesce(sa.func.sum(c.seconds), 0.0)).where(c.actor == project.actor, c.at >= since)
    with project.database.read() as connection:
        return float(connection.execute(query).scalar_one())


def time_spent(project: Project) -> list[dict]:
    """Who worked how long at what: [{"actor", "activity", "seconds", "items"}], the longest first."""
    c, project = db.working_time.c, arguments.project(project)
    counted = (sa.func.sum(c.seconds).label("seconds"), sa.func.count(sa.distinct(c.item)).label("items"))
    query = sa.select(c.actor, c.activity, *counted).group_by(c.actor, c.activity).order_by(sa.desc("seconds"))
    with project.database.read() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def time_of_items(project: Project) -> dict[str, float]:
    """Seconds of active work at each datapoint that any was spent at, by all people together."""
    c, project = db.working_time.c, arguments.project(project)
    query = sa.select(c.item, sa.func.sum(c.seconds)).where(c.item.is_not(None)).group_by(c.item)
    with project.database.read() as connection:
        return dict(connection.execute(query).all())
