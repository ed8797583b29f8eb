"""project.db: the tables, their numbered migrations, and the two ways to them, `read()` and `write()`.

SQLite in WAL mode: many read while one writes. A write takes its turn at once (BEGIN IMMEDIATE) and waits up to five
seconds for another's; write blocks are kept short, so that nobody waits that long. On a drive where WAL cannot be
trusted the database falls back to a rollback journal, or is refused (see `journal_for`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from lib.errors import UserError, disk_full

_PATIENCE = 5.0  # seconds to wait for another writer
_MOST_REMEMBERED = 200  # answers for each project, until somebody writes

metadata = sa.MetaData()

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # random; the only form that leaves this file
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False, server_default=""),
    sa.Column("credit_form", sa.Text, nullable=False, server_default="none"),  # name | initials | alias | none
    sa.Column("alias", sa.Text, nullable=False, server_default=""),
    sa.Column("made", sa.Text, nullable=False),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),  # its name in items/
    sa.Column("sha256", sa.Text, nullable=False, unique=True),  # of the stored file
    sa.Column("source_sha256", sa.Text, nullable=False, index=True),  # of the file as it was given
    sa.Column("source_name", sa.Text, nullable=False),  # the person's own file name: text, never a path
    sa.Column("caption", sa.Text, nullable=False, server_default=""),
    sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id")),
    sa.Column("facts", sa.Text, nullable=False, server_default="{}"),  # width, height | seconds, rate | characters
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("added", sa.Text, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("removed", sa.Text),  # the moment it was put aside; NULL while it is in
    sa.Column("class_name", sa.Text, nullable=False, server_default=""),
    sa.Column("excluded", sa.Text, nullable=False, server_default=""),  # why it is in no dataset; "" while it may be
    sa.Column("slip", sa.Text, nullable=False, server_default="{}"),  # date, place, time limit, fields of one's own
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("decision", sa.Integer, nullable=False, index=True),  # rows written down together, about the same items
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id")),
    sa.Column("until", sa.Text),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("licence", sa.Text),
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.Column("notice_version", sa.Text, nullable=False, server_default=""),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("recorded", sa.Text, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

consent_items = sa.Table(
    "consent_items",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), primary_key=True),
    sa.Column("decision", sa.Integer, primary_key=True),
    sqlite_with_rowid=False,
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("new", sa.Text, nullable=False),
    sa.Column("undone", sa.Integer, nullable=False, server_default="0"),
    sa.Column("batch", sa.Text, nullable=False, server_default=""),  # changes that were made, and are undone, together
    sa.Column("suggested", sa.Text, nullable=False, server_default=""),  # what a machine had proposed before
    sa.Column("reading", sa.Integer, nullable=False, server_default="0"),  # 1: one's own answer beside the label
    sa.Column("token", sa.Text),  # of the change as the browser sent it, so that sending it twice writes it once
)

# Labels that few items have: crop, points, regions, mask, transcript, pair. One row for each item and field.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# What a machine proposes, until a person accepts or declines it.
suggestions = sa.Table(
    "suggestions",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),  # "nearest neighbours", "llava (Ollama)"
    sa.Column("score", sa.Float, nullable=False),  # 0 to 1: how sure it is
    sa.Column("at", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# What a person answered about an item that looked odd: "mistake" or "style".
verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), primary_key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# The labour: seconds of active work. An item that is deleted for good leaves its seconds here, without its id.
working_time = sa.Table(
    "working_time",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("item", sa.Text, sa.ForeignKey("items.id")),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("activity", sa.Text, nullable=False),  # "label", "collect", …
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("token", sa.Text),  # as in changes
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("day", sa.Text, nullable=False),  # an ISO date, which the person may choose
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),  # datapoints at the moment of writing
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made", sa.Text, nullable=False),
)

# What the people of a project agreed on: classes, fields of their slips, whether time is counted. JSON by name.
settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# The highest number that was ever given, so that none is given twice, also after the last was deleted for good.
numbers = sa.Table(
    "numbers",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),  # "item", "decision", or "revision": of what people allow
    sa.Column("last", sa.Integer, nullable=False),
)

# What is being deleted for good, or was. While it goes on, items holds the ids that are left to do, so that an interrupted
# one is finished at the next opening; afterwards only when, and how many: no id, no name.
withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("items", sa.Text, nullable=False),  # JSON: ids
    sa.Column("people", sa.Text, nullable=False),  # JSON: ids of those whose data it is
    sa.Column("said", sa.Text, nullable=False),  # "withdrawn" (somebody said no) or "deleted" (by hand)
    sa.Column("begun", sa.Text, nullable=False),
    sa.Column("finished", sa.Text),
    sa.Column("counts", sa.Text, nullable=False, server_default="{}"),  # JSON: items, datasets, runs, outputs
)


def _moves_on(table: str, when: str) -> str:
    """A trigger that moves the project's revision on."""
    name = f"revision_{table}_{when.split()[0].lower()}"
    bump = "UPDATE numbers SET last = last + 1 WHERE what = 'revision'"
    return f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {bump}; END"


# What people allow changes with these, and with nothing else (consent/record.py: `revision`).
_MOVES_ON = [
    *(_moves_on("consents", when) for when in ("INSERT", "DELETE", "UPDATE")),
    *(_moves_on("consent_items", when) for when in ("INSERT", "DELETE", "UPDATE")),
    *(_moves_on("items", when) for when in ("INSERT", "DELETE", "UPDATE OF removed, excluded, person")),
]

# Migrations are history: never edited, only added to. Migration n takes a database from version n-1 to n.
MIGRATIONS: list[list[str]] = [
    [
        """CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, contact TEXT NOT NULL DEFAULT '',
           credit_form TEXT NOT NULL DEFAULT 'none', alias TEXT NOT NULL DEFAULT '', made TEXT NOT NULL)""",
        """CREATE TABLE items (id TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL,
           file TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, source_sha256 TEXT NOT NULL, source_name TEXT NOT NULL,
           caption TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]', person TEXT REFERENCES people(id),
           facts TEXT NOT NULL DEFAULT '{}', note TEXT NOT NULL DEFAULT '',
           added TEXT NOT NULL, added_by TEXT NOT NULL)""",
        "CREATE INDEX ix_items_source_sha256 ON items (source_sha256)",
        """CREATE TABLE consents (id INTEGER PRIMARY KEY NOT NULL, decision INTEGER NOT NULL, purpose TEXT NOT NULL,
           state TEXT NOT NULL, person TEXT REFERENCES people(id), until TEXT, basis TEXT NOT NULL, licence TEXT,
           source TEXT NOT NULL DEFAULT '', notice_version TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
           recorded TEXT NOT NULL, recorded_by TEXT NOT NULL)""",
        "CREATE INDEX ix_consents_decision ON consents (decision)",
        """CREATE TABLE consent_items (item TEXT NOT NULL REFERENCES items(id), decision INTEGER NOT NULL,
           PRIMARY KEY (item, decision)) WITHOUT ROWID""",
        """CREATE TABLE changes (id INTEGER PRIMARY KEY NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
           item TEXT NOT NULL REFERENCES items(id), field TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL,
           undone INTEGER NOT NULL DEFAULT 0)""",
    ],
    [  # removing with undo: an item is put aside first, and deleted for good only later
        "ALTER TABLE items ADD COLUMN removed TEXT",
        "CREATE INDEX ix_items_in ON items (kind, number) WHERE removed IS NULL",
        "CREATE INDEX ix_items_removed ON items (number) WHERE removed IS NOT NULL",
        "CREATE INDEX ix_changes_item ON changes (item)",
        "CREATE INDEX ix_consent_items_decision ON consent_items (decision)",
        "CREATE TABLE numbers (what TEXT PRIMARY KEY NOT NULL, last INTEGER NOT NULL)",
        "INSERT INTO numbers SELECT 'item', coalesce(max(number), 0) FROM items",
        "INSERT INTO numbers SELECT 'decision', coalesce(max(decision), 0) FROM consents",
    ],
    [  # labels of every kind, suggestions, labour, journal
        "ALTER TABLE items ADD COLUMN class_name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE items ADD COLUMN excluded TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE items ADD COLUMN slip TEXT NOT NULL DEFAULT '{}'",
        "CREATE INDEX ix_items_excluded ON items (number) WHERE excluded != ''",
        "ALTER TABLE changes ADD COLUMN batch TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE changes ADD COLUMN suggested TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE changes ADD COLUMN reading INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE changes ADD COLUMN token TEXT",
        "CREATE UNIQUE INDEX ix_changes_token ON changes (token) WHERE token IS NOT NULL",
        "CREATE INDEX ix_changes_actor ON changes (actor, id) WHERE undone = 0",
        """CREATE TABLE marks (item TEXT NOT NULL REFERENCES items(id), field TEXT NOT NULL, value TEXT NOT NULL,
           PRIMARY KEY (item, field)) WITHOUT ROWID""",
        """CREATE TABLE suggestions (item TEXT NOT NULL REFERENCES items(id), field TEXT NOT NULL, value TEXT NOT NULL,
           made_by TEXT NOT NULL, score REAL NOT NULL, at TEXT NOT NULL, PRIMARY KEY (item, field)) WITHOUT ROWID""",
        """CREATE TABLE verdicts (item TEXT NOT NULL REFERENCES items(id), question TEXT NOT NULL, answer TEXT NOT NULL,
           actor TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (item, question)) WITHOUT ROWID""",
        """CREATE TABLE working_time (id INTEGER PRIMARY KEY NOT NULL, item TEXT REFERENCES items(id),
           actor TEXT NOT NULL, activity TEXT NOT NULL, seconds REAL NOT NULL, at TEXT NOT NULL, token TEXT)""",
        "CREATE INDEX ix_working_time_item ON working_time (item)",
        "CREATE UNIQUE INDEX ix_working_time_token ON working_time (token) WHERE token IS NOT NULL",
        """CREATE TABLE journal (id INTEGER PRIMARY KEY NOT NULL, day TEXT NOT NULL, words TEXT NOT NULL,
           count INTEGER NOT NULL, actor TEXT NOT NULL, made TEXT NOT NULL)""",
        "CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    ],
    [  # consent that is carried out: a revision that moves by itself, a tenth purpose, withdrawals under way
        "INSERT INTO numbers VALUES ('revision', 0)",
        *_MOVES_ON,
        """INSERT INTO consents (decision, purpose, state, person, until, basis, licence, source, notice_version, note,
           recorded, recorded_by) SELECT decision, 'retrieve', state, person, until, basis, licence, source, notice_version,
           note, recorded, recorded_by FROM consents GROUP BY decision
           HAVING count(DISTINCT purpose) = 9 AND (state NOT IN ('given', 'limited') OR basis = 'licence')""",
        """CREATE TABLE withdrawals (id INTEGER PRIMARY KEY NOT NULL, items TEXT NOT NULL, people TEXT NOT NULL,
           said TEXT NOT NULL, begun TEXT NOT NULL, finished TEXT, counts TEXT NOT NULL DEFAULT '{}')""",
    ],
]
VERSION = len(MIGRATIONS)


def next_number(connection: sa.Connection, what: str) -> int:
    """The next number of an "item" or a "decision"; one that was given once is never given again."""
    c = numbers.c
    last = connection.execute(sa.select(c.last).where(c.what == what)).scalar_one() + 1
    connection.execute(numbers.update().where(c.what == what).values(last=last))
    return last


class Database:
    """One project.db. `with db.read() as c:` and `with db.write() as c:` give a SQLAlchemy connection."""

    def __init__(self, path: Path):
        """Opens the database at `path`, makes it if it is not there, and brings it up to date.

        Raises UserError if it is from a newer Handmade (then it is not touched), or lies where SQLite cannot work.
        """
        self.path = Path(path)
        _refuse_newer(self.path)
        self.journal = _journal_here(self.path.parent)
        self._engine = sa.create_engine(f"sqlite:///{self.path}", connect_args={"timeout": _PATIENCE})
        sa.event.listen(self._engine, "connect", self._set_up)
        self._watch: _Watch | None = None
        self._remembered: tuple[tuple[int, int], dict[Hashable, Any]] = ((-1, 0), {})
        self._migrate()

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with self._speaking_plainly(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: all of it happens, or nothing."""
        with self._speaking_plainly(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def version(self) -> tuple[int, int]:
        """Another value as soon as anybody has written anything, here or in another process. It costs next to nothing to ask,
        and says nothing about what was written: `consent.record.revision` does."""
        with self._speaking_plainly(), _watching:
            if self._watch is None or self._watch.process != os.getpid():
                self._watch = _Watch(self.path)
            return self._watch.version()

    def remember(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """What `work` reads, read once until anybody writes anything: for what every page asks, and is to be changed by nobody."""
        version = self.version()    # first, so that what is written meanwhile is read the next time
        if self._remembered[0] != version:
            self._remembered = version, {}
        known = self._remembered[1]
        if key in known:
            return known[key]
        answer = work()
        if len(known) < _MOST_REMEMBERED:
            known[key] = answer
        return answer

    def checkpoint(self) -> None:
        """Brings what waits in the write-ahead log into the database, and empties the log: what was deleted is nowhere then.

        Raises UserError where somebody reads or writes for so long that it cannot be done.
        """
        if self.journal != "WAL":
            return
        with self.read() as connection:
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise UserError("The project is busy.", "Somebody has been reading in it for long.", "Wait a moment and try again.")

    def close(self) -> None:
        self._engine.dispose()
        with _watching:
            if self._watch:
                self._watch.connection.close()
            self._watch = None

    def _set_up(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            f"journal_mode = {self.journal}",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    def _migrate(self) -> None:
        with self.read() as connection:
            if _version(connection) == VERSION:
                return
        with self.write() as connection:
            for number in range(_version(connection), VERSION):
                for statement in MIGRATIONS[number]:
                    connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")

    @contextlib.contextmanager
    def _speaking_plainly(self) -> Iterator[None]:
        """Turns what SQLite says into what a person can mend."""
        try:
            yield
        except sa.exc.OperationalError as error:
            raise self._in_plain_words(error) from error
        except sqlite3.OperationalError as error:
            raise self._in_plain_words(error) from error

    def _in_plain_words(self, error: Exception) -> Exception:
        message = str(error)
        if "disk is full" in message or "disk I/O error" in message:
            return disk_full(self.path.parent)
        if "locked" in message or "busy" in message:
            return UserError(
                "The project is busy.",
                f"Another program has been writing in it for more than {_PATIENCE:.0f} seconds.",
                "Wait a moment and try again.",
            )
        if "readonly" in message or "unable to open" in message:
            return UserError(
                "The project cannot be written to.",
                f"{self.path.parent} is read-only for you, or is gone.",
                "Move the project to a folder that is yours, then open it there.",
            )
        return error


class _Watch:
    """A connection that only asks whether others have written: SQLite counts that for each connection by itself."""

    def __init__(self, path: Path) -> None:
        self.number, self.process = next(_numbers), os.getpid()
        self.connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=_PATIENCE, uri=True, check_same_thread=False)

    def version(self) -> tuple[int, int]:
        [(counted,)] = self.connection.execute("PRAGMA data_version")    # all of it is read, so that nothing is held
        return self.number, counted


_watching, _numbers = threading.Lock(), itertools.count()


def _version(connection: sa.Connection) -> int:
    return connection.exec_driver_sql("PRAGMA user_version").scalar_one()


def _refuse_newer(path: Path) -> None:
    """Looks without opening for writing, so that a project of a newer version stays just as it is."""
    if not path.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"{path.name} in {path.parent.name} cannot be read.",
            f"It is damaged or not a database ({error}).",
            "Bring back a copy of the project folder from before; the pictures in items/ are still there.",
        ) from error
    if version > VERSION:
        raise UserError(
            f"The project {path.parent.name} was made with a newer Handmade.",
            f"Its record has version {version}; this one knows up to {VERSION}.",
            "Update Handmade, then open it again. Nothing was changed.",
        )


# ---- drives that are not local disks ------------------------------------------------------------------------------

_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smbfs",
    "smb2",
    "smb3",
    "afpfs",
    "webdav",
    "davfs",
    "ncpfs",
    "glusterfs",
    "ceph",
    "lustre",
}
_BUCKET = ("fuse.hf", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "fuse.goofys", "fuse.mount-s3", "fuse.blobfuse")


def journal_for(folder: Path) -> str:
    """'WAL' on a local disk, 'DELETE' (a rollback journal) where WAL cannot be trusted.

    Raises UserError on a bucket mount and wherever a throw-away database does not work at all: its locks are not
    shared between computers there, and a crash may lose what was written.
    """
    kind = mount_type(folder)
    if kind.startswith(_BUCKET):
        raise _refusal(folder, f"it is a bucket that only looks like a disk ({kind})")
    networked = kind in _NETWORK or kind.startswith("fuse.sshfs")
    for journal in ("DELETE",) if networked else ("WAL", "DELETE"):
        if _works(folder, journal):
            return journal
    raise _refusal(folder, f"a trial database does not work there (the drive is of type {kind or 'unknown'})")


_known_journals: dict[int, str] = {}  # by drive; a trial writes, so it is done once


def _journal_here(folder: Path) -> str:
    drive = folder.stat().st_dev
    if drive not in _known_journals:
        _known_journals[drive] = journal_for(folder)
    return _known_journals[drive]


def mount_type(folder: Path) -> str:
    """The type of the drive that holds `folder` in the system's own words ('ext4', 'nfs4', 'fuse.s3fs'), '' if unknown."""
    folder = Path(folder).resolve()
    best, kind = -1, ""
    for drive in psutil.disk_partitions(all=True):
        mount = Path(drive.mountpoint)
        if folder.is_relative_to(mount) and len(mount.parts) > best:
            best, kind = len(mount.parts), drive.fstype.lower()
    return kind


def _works(folder: Path, journal: str) -> bool:
    """Writes through one connection and reads through another, in a file that is thrown away."""
    trial = folder / f".trial-{secrets.token_hex(6)}.db"
    try:
        with (
            contextlib.closing(sqlite3.connect(trial, timeout=1)) as writer,
            contextlib.closing(sqlite3.connect(trial)) as reader,
        ):
            if writer.execute(f"PRAGMA journal_mode = {journal}").fetchone()[0].lower() != journal.lower():
                return False
            with writer:
                writer.execute("CREATE TABLE t (x)")
                writer.execute("INSERT INTO t VALUES (1)")
            return reader.execute("SELECT x FROM t").fetchone() == (1,)
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise disk_full(folder) from error
        return False
    finally:
        for path in folder.glob(f"{trial.name}*"):
            path.unlink(missing_ok=True)


def _refusal(folder: Path, why: str) -> UserError:
    return UserError(
        f"A project cannot live in {folder}.",
        f"Its record would not be safe: {why}.",
        "Choose a folder on a disk of this computer as the workspace (--home); copies may be kept anywhere.",
    )
