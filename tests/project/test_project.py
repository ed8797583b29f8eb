"""A project as a folder: made, opened, listed; its record migrated, never touched when it is from the future."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa

from lib.errors import UserError
from lib.project import Consent, Project
from lib.project import database as db
from lib.project.folder import make_folder, slug
from tests.conftest import ROOT


def test_a_project_is_a_folder_that_opens_again(home):
    made = Project.create("Grandma's voice, 1962", home=home, actor="ana")
    assert made.path == home / "grandmas-voice-1962"
    opened = Project.open(made.path)
    assert opened.name == "Grandma's voice, 1962"
    assert opened.count() == 0
    assert [project.name for project in Project.list(home)] == ["Grandma's voice, 1962"]


def test_two_projects_never_share_a_name(home):
    Project.create("Tulips", home=home)
    with pytest.raises(UserError, match="already a project"):
        Project.create("tulips ", home=home)


def test_names_that_look_alike_get_folders_of_their_own(home):
    one, other = Project.create("Tulips!", home=home), Project.create("Tulips?", home=home)
    assert one.path != other.path


@pytest.mark.parametrize("name", ["", "   ", "…", "///"])
def test_a_name_without_a_letter_is_refused(home, name):
    with pytest.raises(UserError):
        Project.create(name, home=home)


@pytest.mark.parametrize(
    "name, folder",
    [("CON", "con_"), ("../../etc", "etc"), ("Täglich Öl", "taglich-ol"), ("郁金香", "郁金香"), ("a" * 200, "a" * 48)],
)
def test_a_name_becomes_a_folder_that_every_system_can_have(name, folder):
    assert slug(name) == folder


def test_two_processes_never_get_the_same_folder(tmp_path):
    assert [make_folder(tmp_path, "x").name for _ in range(3)] == ["x", "x-2", "x-3"]


def test_opening_a_folder_that_is_no_project_says_so(tmp_path):
    with pytest.raises(UserError, match="no project"):
        Project.open(tmp_path)


def test_a_project_from_a_newer_version_is_not_touched(project):
    project.database.close()
    file = project.path / "project.db"
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {db.VERSION + 1}")
    connection.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(UserError, match="newer Handmade"):
        Project.open(project.path)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


def test_a_broken_project_does_not_hide_the_others(home, project):
    other = Project.create("Other", home=home)
    other.database.close()
    (other.path / "project.db").write_bytes(b"no database at all" * 100)
    assert [found.name for found in Project.list(home)] == ["Tulips"]
    with pytest.raises(UserError, match="cannot be read"):
        Project.open(other.path)


def test_the_migrations_make_just_the_tables_that_the_code_knows(project):
    with project.database.read() as connection:
        there = sa.inspect(connection)
        assert set(there.get_table_names()) == set(db.metadata.tables)
        for name, table in db.metadata.tables.items():
            assert [column["name"] for column in there.get_columns(name)] == [column.name for column in table.columns]


def test_what_is_deleted_is_overwritten(project):
    with project.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_two_people_of_one_name_are_never_mixed_up(project):
    first, second = project.add_person("Robin"), project.add_person("Robin")
    with pytest.raises(UserError, match=first.id):
        person_of(project, "Robin")
    assert person_of(project, second.id) == second.id


def person_of(project, who):
    from lib.project.people import find_or_add

    return find_or_add(project, who).id


def test_a_person_is_credited_only_in_the_form_they_chose(project):
    assert project.add_person("Ruth Ann Meyer", credit="initials").credit == "R.A.M."
    assert project.add_person("Ruth", credit="alias", alias="Fox").credit == "Fox"
    assert project.add_person("Ruth").credit == ""


def test_a_network_drive_gets_a_rollback_journal_and_a_bucket_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "mount_type", lambda folder: "nfs4")
    assert db.journal_for(tmp_path) == "DELETE"
    monkeypatch.setattr(db, "mount_type", lambda folder: "fuse.s3fs")
    with pytest.raises(UserError, match="bucket"):
        db.journal_for(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_drive_where_a_trial_does_not_work_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "_works", lambda folder, journal: journal == "DELETE")
    assert db.journal_for(tmp_path) == "DELETE"
    monkeypatch.setattr(db, "_works", lambda folder, journal: False)
    with pytest.raises(UserError, match="trial database"):
        db.journal_for(tmp_path)


def test_this_drive_has_a_type():
    assert db.mount_type(ROOT)


WRITER = """
import sys
from lib.project import Project
from lib.project.people import add
project = Project.open(sys.argv[1], actor=sys.argv[2])
for number in range(100):
    add(project, f"{sys.argv[2]} {number}")
"""


def test_several_processes_that_write_at_once_lose_nothing(project):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, project.path, name], cwd=ROOT) for name in ("a", "b", "c")
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    assert len(project.people()) == 300


def test_a_transaction_that_fails_leaves_nothing(project):
    with pytest.raises(RuntimeError), project.database.write() as connection:
        connection.execute(db.people.insert().values(id="p1", name="x", made="now"))
        raise RuntimeError
    assert project.people() == []


def test_consent_about_nothing_is_refused(project):
    with pytest.raises(UserError, match="No datapoint"):
        project.set_consent([], Consent(state="refused"))


def test_a_decision_about_a_datapoint_that_is_not_there_is_refused_whole(project, tmp_path):
    from lib import collect

    (tmp_path / "a.txt").write_text("a few words")
    [item] = collect.add_files(project, tmp_path / "a.txt").added
    with pytest.raises(UserError, match="nonsense"):
        project.set_consent([item, "nonsense"], Consent(state="refused"))
    assert project.item(item).consent.state == "unknown"
    project.set_consent(item, {"state": "refused"})
    assert project.item(item.id).consent.state == "refused"


def test_one_name_however_its_accents_are_written_is_one_person(project):
    assert person_of(project, "Jose\u0301") == person_of(project, "José")


NAMER = """
import sys
from lib.project import Project
from lib.project.people import find_or_add
project = Project.open(sys.argv[1])
sys.stdin.readline()
find_or_add(project, "R.")
"""


def test_two_processes_that_first_name_somebody_name_one_person(project):
    command = [sys.executable, "-c", NAMER, project.path]
    both = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(2)]
    for namer in both:
        namer.stdin.write(b"\n")
        namer.stdin.flush()
    assert [namer.communicate(timeout=60) and namer.returncode for namer in both] == [0, 0]
    assert [person.name for person in project.people()] == ["R."]


@pytest.mark.parametrize("content", ["{}", "", '{"schema": 99, "name": "Later"}', '{"name": 5'])
def test_a_damaged_project_file_hides_no_other_project(home, project, content):
    other = Project.create("Other", home=home)
    (other.path / "project.json").write_text(content)
    assert [found.name for found in Project.list(home)] == ["Tulips"]
    with pytest.raises(UserError):
        Project.open(other.path)
    Project.create("Third", home=home)


@pytest.mark.parametrize("wrong", [None, 5, "", "."])
def test_opening_nothing_says_so(wrong):
    with pytest.raises(UserError):
        Project.open(wrong)


def test_whoever_loses_a_new_name_to_somebody_who_clears_up_takes_another(tmp_path, monkeypatch):
    from lib.project import folder

    take, losses = folder.take, [1]
    monkeypatch.setattr(folder, "take", lambda path: take(path) if not losses else losses.clear())
    with folder.making(tmp_path) as made:
        assert made.is_dir()
    assert list(tmp_path.iterdir()) == []
