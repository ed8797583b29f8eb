"""Covers the inbox: files that were handed over go in in the background, are named as the person named them, and none is lost."""

from __future__ import annotations

import io
import json
import threading

import pytest
from PIL import Image

from lib import collect, jobs
from lib.collect import arriving, inbox
from lib.errors import UserError
from lib.project import Consent, allows

MINE = {"state": "given", "purposes": ["train"]}


def picture(colour: str, form: str = "PNG") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (12, 12), colour).save(file, form)
    return file


def test_two_files_of_one_name_both_go_in(project):
    box = inbox.put(project, [("face.png", picture("red")), ("face.png", picture("blue"))])
    told = collect.add_inbox(project, box, MINE)
    assert (told["added"], told["refused_count"], told["duplicate_count"]) == (2, 0, 0)
    assert [item.source_name for item in project.items()] == ["face.png", "face.png"]
    assert not inbox.waits(project, box)


@pytest.mark.parametrize(
    "name, shown",
    [
        ("../../etc/passwd.png", "etc/passwd.png"),
        ("/absolute.png", "absolute.png"),
        ("C:\\Windows\\red.png", "C:/Windows/red.png"),
        ("re\x00d\n.png", "red.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("half \ud800.png", "half ?.png"),
    ],
)
def test_a_name_is_text_and_never_a_path(project, name, shown):
    before = {path for path in project.path.parent.parent.rglob("*.png")}
    collect.add_inbox(project, inbox.put(project, [(name, picture("red"))]), MINE)
    [item] = project.items()
    assert item.source_name == shown
    assert {path for path in project.path.parent.parent.rglob("*.png")} - before == {item.path}


def test_what_is_refused_is_told_in_three_parts_under_its_own_name(project):
    files = [("good.png", picture("red")), ("again.png", picture("red")), ("bad.png", io.BytesIO(b"no picture")), ("empty.png", io.BytesIO())]
    told = collect.add_inbox(project, inbox.put(project, files), MINE)
    assert [one["name"] for one in told["refused"]] == ["bad.png", "empty.png"]
    assert all(one["what"].startswith(one["name"]) and one["why"] and one["fix"] for one in told["refused"])
    assert told["duplicates"] == [["again.png", 1]]


def test_the_answer_stays_small_however_many_files_there_are(project, monkeypatch):
    monkeypatch.setattr(arriving, "_TOLD", 2)
    files = [(f"{number}.png", io.BytesIO(b"no picture")) for number in range(5)]
    told = collect.add_inbox(project, inbox.put(project, files), MINE)
    assert len(told["refused"]) == 2 and told["refused_count"] == 5
    assert json.loads(json.dumps(told)) == told


def test_a_zip_is_opened_and_called_by_its_own_name(project, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("red.png", picture("red").getvalue())
        archive.writestr("bad.png", "no picture")
    told = collect.add_inbox(project, inbox.put(project, [("mila.zip", io.BytesIO((tmp_path / "a.zip").read_bytes()))]), MINE)
    assert told["added"] == 1
    assert [one["name"] for one in told["refused"]] == ["mila.zip: bad.png"]
    broken = collect.add_inbox(project, inbox.put(project, [("half.zip", io.BytesIO((tmp_path / "a.zip").read_bytes()[:90]))]), MINE)
    assert broken["refused"][0]["what"].startswith("half.zip")


def test_what_is_worth_a_look_is_told_with_the_rest(project):
    told = collect.add_inbox(project, inbox.put(project, [("half.bmp", half_black())]), MINE)
    assert (told["added"], told["refused_count"], told["note_count"]) == (1, 0, 1)
    assert told["notes"][0][0] == "half.bmp" and json.loads(json.dumps(told)) == told


def half_black() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(content, "BMP")
    return io.BytesIO(content.getvalue()[:2400] + bytes(len(content.getvalue()) - 2400))


def test_one_that_was_stopped_goes_on_and_counts_each_file_once(project):
    files = [(f"{number}.png", picture(f"rgb({number}, 0, 0)")) for number in range(6)] + [("twice.png", picture("rgb(0, 0, 0)"))]
    box = inbox.put(project, files)
    asked = iter([False, False, False] + [True] * 100)
    assert collect.add_inbox(project, box, MINE, should_stop=lambda: next(asked)) is None
    assert 0 < project.count() < 6 and inbox.waits(project, box)
    told = collect.add_inbox(project, box, MINE)
    assert (told["added"], told["duplicates"]) == (6, [["twice.png", 1]])
    assert project.count() == 6 and not inbox.waits(project, box)


def test_an_inbox_is_named_plainly_and_one_that_is_gone_says_so(project):
    for name in ("../../items", "", "..", ".making-abc"):
        with pytest.raises(UserError):
            collect.add_inbox(project, name, MINE)
    with pytest.raises(UserError, match="not there any more"):
        collect.add_inbox(project, "2026-11-21T140300Z", MINE)


def test_handing_over_is_done_in_the_background_and_told_until_it_is_put_away(project):
    batch = collect.hand_over(project, [("red.png", picture("red"))], Consent(state="given", purposes=["train"], until="2099-01-01"))
    assert batch.task.wait(timeout=60) == "finished"
    [found] = collect.batches(project)
    assert found.result["added"] == 1 and allows(project.items()[0], "train")
    assert str(project.items()[0].consent.until) == "2099-01-01"
    collect.put_away(found)
    assert collect.batches(project) == []


def test_the_next_batch_puts_away_a_report_without_a_refusal_and_keeps_the_others(project):
    first = collect.hand_over(project, [("red.png", picture("red"))], MINE)
    first.task.wait(timeout=60)
    second = collect.hand_over(project, [("bad.png", io.BytesIO(b"?"))], MINE)
    second.task.wait(timeout=60)
    third = collect.hand_over(project, [("blue.png", picture("blue"))], MINE)
    third.task.wait(timeout=60)
    assert [batch.task for batch in collect.batches(project)] == [third.task, second.task]


def test_a_batch_that_failed_keeps_what_waits_until_somebody_leaves_it_out(project):
    batch = collect.hand_over(project, [("red.png", picture("red"))], MINE, way="nonsense")
    assert batch.task.wait(timeout=60) == "failed"
    [found] = collect.batches(project)
    assert found.can_go_on and found.task.error.fix
    box = found.inbox
    collect.put_away(found)
    assert not inbox.waits(project, box) and project.count() == 0


def test_two_people_of_one_name_are_asked_about_before_anything_is_handed_over(project):
    project.add_person("Mila")
    project.add_person("Mila")
    with pytest.raises(UserError, match="2 people"):
        collect.hand_over(project, [("red.png", picture("red"))], {"state": "given", "purposes": ["train"], "person": "Mila"})
    assert collect.batches(project) == [] and not list((project.path / "cache" / "inbox").glob("2*"))


def test_an_inbox_that_nobody_will_ever_ask_for_is_cleared_away_after_a_day(project):
    import os

    forgotten, fresh = (inbox.put(project, [("red.png", picture("red"))]) for _ in range(2))
    os.utime(project.path / "cache" / "inbox" / forgotten, (0, 0))
    collect.hand_over(project, [("blue.png", picture("blue"))], MINE).task.wait(timeout=60)
    assert not inbox.waits(project, forgotten) and inbox.waits(project, fresh)


def test_a_picture_of_the_camera_goes_in_at_once(project):
    report = collect.add_one(project, "camera.jpg", picture("red", "JPEG"), MINE)
    assert [item.source_name for item in report.added] == ["camera.jpg"]
    assert not list((project.path / "cache" / "inbox").glob("*"))
    assert collect.add_one(project, "bad.jpg", io.BytesIO(b"?"), MINE).refusals[0]["name"] == "bad.jpg"


def test_inboxes_made_at_the_same_moment_do_not_mix(project):
    names = []
    threads = [threading.Thread(target=lambda: names.append(inbox.put(project, [("red.png", picture("red"))]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 4 and all(inbox.waits(project, name) for name in names)


def test_films_go_in_by_the_rate_that_was_asked_for(project, tmp_path):
    import subprocess

    import imageio_ffmpeg

    path = tmp_path / "mila.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, "-pix_fmt", "yuv420p", str(path)], check=True)
    files = [("fest/mila.mp4", io.BytesIO(path.read_bytes())), ("notes.mp4", io.BytesIO(b"no film"))]
    seen = []
    told = collect.add_inbox(
        project, inbox.put(project, files), MINE, way="film", fps=2, keep_film=True, progress=lambda done, total: seen.append((done, total))
    )
    assert told["added"] == 4 and [one["name"] for one in told["refused"]] == ["notes.mp4"]
    assert project.items()[0].facts["film"] == "fest/mila.mp4"
    assert [film.suffix for film in (project.path / "films").iterdir()] == [".mp4"]
    assert all(done <= total for done, total in seen)
    with pytest.raises(UserError, match="way in"):
        collect.add_inbox(project, inbox.put(project, files), MINE, way="post")


def test_a_kept_film_goes_with_the_last_still_that_is_deleted_for_good(project, tmp_path):
    import subprocess

    import imageio_ffmpeg

    path = tmp_path / "mila.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, "-pix_fmt", "yuv420p", str(path)], check=True)
    first, second = collect.add_video(project, path, fps=1, consent=Consent(**MINE), keep_film=True).added
    [film] = (project.path / "films").iterdir()
    collect.remove(project, [first, second])
    collect.delete_removed(project, first, confirm=True)
    assert film.exists()
    collect.delete_removed(project, second, confirm=True)
    assert not film.exists()


def test_the_task_can_be_resumed_as_any_other(project):
    box = inbox.put(project, [("red.png", picture("red"))])
    task = jobs.background(project, "collect.add_inbox", inbox=box, consent=MINE)
    assert task.wait(timeout=60) == "finished"
    with pytest.raises(UserError, match="finished"):
        jobs.resume(task)


def test_a_text_under_a_pictures_name_is_told_what_to_do_with_it(project, tmp_path):
    (tmp_path / "letter.png").write_text("Dear Mila, it rained all day.")
    [refused] = collect.add_files(project, tmp_path / "letter.png").refusals
    assert refused["fix"] == "Open it in a text editor and save it as .txt, or choose the real picture."
