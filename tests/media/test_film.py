"""Covers lib/media/film.py and ffmpeg.py: stills of real films, at the right second, and no process left behind."""

from __future__ import annotations

import threading

import pytest
from made_files import by_ffmpeg, corners, saved, write_film, write_sound
from PIL import Image

from lib.errors import UserError
from lib.media import ffmpeg, film
from lib.media.film import keep, stills
from lib.media.intake import clean_copy
from lib.media.picture import open_picture


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.avi", "a.mkv", "a.gif", "a.ts", "a.ogv", "a.flv"])
def test_one_still_is_taken_for_each_second(name, folder, tmp_path):
    options = ("-c:v", "libtheora") if name == "a.ogv" else ()
    taken = list(stills(write_film(tmp_path / name, 3, 10, "160x120", *options), folder))
    assert [second for second, _ in taken] == pytest.approx([0, 1, 2], abs=0.05)
    for _, path in taken:
        assert path.parent == folder and open_picture(path).size == (160, 120)


def test_a_still_shows_the_film_at_its_second(folder, tmp_path):
    """Each second of this film has a grey of its own: 40, 80, 120 …"""
    grey = "geq=lum='40+40*floor(T+0.001)':cb=128:cr=128"
    source = write_film(tmp_path / "grey.mp4", 5, 10, "64x64", "-vf", grey, "-pix_fmt", "yuv420p")
    for fps, seconds in ((1, [0, 1, 2, 3, 4]), (0.5, [0, 2, 4]), (2, [n / 2 for n in range(10)])):
        taken = list(stills(source, folder, fps))
        assert [second for second, _ in taken] == pytest.approx(seconds, abs=0.01)
        for second, path in taken:
            shown = open_picture(path).convert("L").getpixel((32, 32))
            assert shown == pytest.approx((40 + 40 * int(second) - 16) * 255 / 219, abs=4)


def test_a_film_gives_each_of_its_frames_at_most_once(folder, tmp_path):
    assert len(list(stills(write_film(tmp_path / "slow.mp4", 2, 5), folder, 30))) == 10


def test_progress_tells_how_far_it_is(folder, tmp_path):
    told = []
    list(stills(write_film(tmp_path / "a.mp4", 4), folder, 2, progress=lambda done, total: told.append((done, total))))
    assert told == [(n, 8) for n in range(1, 9)]


def test_what_the_caller_raises_in_progress_comes_back_as_it_is(folder, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total):
        raise Stop

    with pytest.raises(Stop):
        list(stills(write_film(tmp_path / "a.mp4"), folder, progress=stop))


def test_a_film_that_was_filmed_upright_stays_upright(folder, tmp_path):
    write_film(tmp_path / "a.mp4", 1)
    by_ffmpeg("-display_rotation", 90, "-i", tmp_path / "a.mp4", "-c", "copy", tmp_path / "phone.mp4")
    (_, lying), (_, standing) = next(stills(tmp_path / "a.mp4", folder)), next(stills(tmp_path / "phone.mp4", folder))
    assert open_picture(standing).size == (120, 160)
    assert open_picture(standing).tobytes() == open_picture(lying).transpose(Image.Transpose.ROTATE_90).tobytes()


def test_pixels_that_are_not_square_become_square(folder, tmp_path):
    source = write_film(tmp_path / "wide.mp4", 1, 10, "160x120", "-vf", "setsar=4/3", "-c:v", "libx264")
    assert open_picture(next(stills(source, folder))[1]).size == (213, 120)


def test_a_bright_film_of_a_new_phone_gives_ordinary_pictures(folder, tmp_path):
    """White paper in HLG is three quarters of the signal, and has to come out nearly white."""
    tags = ("-color_trc", "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
    source = write_film(
        tmp_path / "hlg.mp4",
        1,
        10,
        "64x64",
        "-vf",
        "format=yuv444p,geq=lum='16+219*0.75':cb=128:cr=128,format=yuv420p10le",
        "-c:v",
        "libx265",
        "-x265-params",
        "log-level=error:transfer=arib-std-b67:colorprim=bt2020:colormatrix=bt2020nc",
        *tags,
    )
    assert ffmpeg.streams(source, "mov").bright
    shown = open_picture(next(stills(source, folder))[1]).getpixel((32, 32))
    assert min(shown) > 195 and max(shown) - min(shown) < 6


def test_a_film_recorded_live_tells_no_length_and_still_works(folder, tmp_path):
    source = write_film(tmp_path / "live.webm", 3, 10, "160x120", "-c:v", "libvpx", "-live", 1)
    assert ffmpeg.streams(source, "matroska").seconds == 0
    told = []
    assert len(list(stills(source, folder, progress=lambda *numbers: told.append(numbers)))) == 3
    assert told[-1] == (3, 3)


def test_stills_go_on_to_the_intake(folder, tmp_path):
    second, path = next(stills(write_film(tmp_path / "a.mp4", 1), folder))
    clean = clean_copy(path, tmp_path, name=f"a.mp4 at {second} s")
    assert clean.suffix == ".png" and b"Lavc" not in clean.path.read_bytes()


def test_a_caller_who_stops_early_leaves_no_process(folder, tmp_path, monkeypatch):
    source = write_film(tmp_path / "long.mp4", 30, 30, "320x240")
    threads, start, processes = threading.active_count(), ffmpeg.start, []

    def watched(*arguments, **options):
        processes.append(start(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(ffmpeg, "start", watched)
    taking = stills(source, folder, 30)
    next(taking), next(taking)
    assert processes[0].poll() is None  # it waits for the caller, with hundreds of stills to go
    taking.close()
    assert processes[0].poll() is not None and threading.active_count() == threads
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.avi", "a.mkv", "a.gif", "a.ogv"])
def test_a_film_that_is_cut_off_is_refused_before_the_first_still(name, folder, tmp_path):
    options = ("-c:v", "libtheora") if name == "a.ogv" else ()
    content = write_film(tmp_path / name, 2, 10, "160x120", *options).read_bytes()
    for part in (0.2, 0.6, 0.95):
        (tmp_path / f"cut-{name}").write_bytes(content[: int(len(content) * part)])
        with pytest.raises(UserError, match=f"cut-{name}") as refusal:
            next(stills(tmp_path / f"cut-{name}", folder))
        assert refusal.value.fix and not list(folder.iterdir())


def test_what_is_not_a_film_is_refused_by_name(folder, tmp_path):
    write_sound(tmp_path / "only-sound.wav")
    by_ffmpeg("-i", tmp_path / "only-sound.wav", tmp_path / "only-sound.mp4")
    for name, content in {
        "words.mp4": b"hello",
        "empty.mp4": b"",
        "picture.mp4": saved(corners(), "PNG"),
        "box.mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42",
        "list.mp4": b"#EXTM3U\nhttp://127.0.0.1/\n",
        "join.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link.mp4").symlink_to(write_film(tmp_path / "a.mp4", 1))
    for name in ("words", "empty", "picture", "box", "list", "join", "link", "only-sound", "missing"):
        with pytest.raises(UserError, match=f"{name}.mp4") as refusal:
            next(stills(tmp_path / f"{name}.mp4", folder))
        assert refusal.value.fix
    assert not list(folder.iterdir())


def test_a_wrong_number_of_stills_is_refused(folder, tmp_path):
    for fps in (0, -1, float("nan"), float("inf")):
        with pytest.raises(UserError):
            next(stills(write_film(tmp_path / "a.mp4", 1), folder, fps))


def test_a_film_that_makes_no_progress_is_stopped(folder, tmp_path, monkeypatch):
    source = write_film(tmp_path / "long.mp4", 20, 30, "320x240")
    monkeypatch.setattr(film, "PATIENCE", 0)
    with pytest.raises(UserError, match=r"long\.mp4"):
        list(stills(source, folder, 1000))


def test_a_film_of_more_than_four_hours_is_refused(folder, tmp_path):
    source = write_film(tmp_path / "a.mkv", 2, 10, "64x64", "-c:v", "libx264")
    by_ffmpeg("-itsscale", 9000, "-i", source, "-c", "copy", tmp_path / "long.mkv")
    with pytest.raises(UserError, match="longer than 4 hours"):
        next(stills(tmp_path / "long.mkv", folder))


def test_ffmpeg_is_given_no_way_to_the_network(tmp_path):
    line = ffmpeg.command(tmp_path / "a.mp4", "mov")
    assert line[line.index("-protocol_whitelist") + 1] == "file,pipe" and "-nostdin" in line
    assert line[line.index("-i") + 1].startswith("file:")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.mp4", ".mp4"), ("a.mov", ".mov"), ("a.webm", ".webm"), ("a.avi", ".avi"), ("a.mkv", ".mkv")],
)
def test_a_film_that_is_kept_loses_its_notes_and_nothing_else(name, suffix, folder, tmp_path):
    notes = ("-metadata", "title=Ana Secret", "-metadata", "location=+48.2+016.3/", "-movflags", "use_metadata_tags")
    source = write_film(tmp_path / name, 2, 10, "160x120", *notes[: 6 if suffix in (".mp4", ".mov") else 4])
    assert b"Ana Secret" in source.read_bytes()
    kept = keep(source, folder)
    assert kept.parent == folder and kept.suffix == suffix and list(folder.iterdir()) == [kept]
    assert b"Secret" not in kept.read_bytes() and b"+48.2" not in kept.read_bytes()
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    given, stored = stills(source, tmp_path / "one", 10), stills(kept, tmp_path / "two", 10)
    assert [open_picture(path).tobytes() for _, path in given] == [open_picture(path).tobytes() for _, path in stored]


def test_a_film_is_kept_under_a_name_of_its_kind(folder, tmp_path):
    write_film(tmp_path / "a.mp4", 1).rename(tmp_path / "film.exe")
    assert keep(tmp_path / "film.exe", folder).suffix == ".mp4"
    with pytest.raises(UserError, match="words.mp4 is not a film"):
        (tmp_path / "words.mp4").write_text("hello")
        keep(tmp_path / "words.mp4", folder)
