"""Steps about people and background: what each makes of a real picture, whom it leaves out, and where background models come from."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import augment
from lib.augment import LeftOut
from lib.errors import UserError
from lib.media import cutout, detect, weights
from lib.steps import people as people_steps
from tests.media import drawn_people as people


@pytest.fixture(autouse=True)
def models_folder(tmp_path, monkeypatch):
    """A folder for background models, empty at first."""
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "models"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return tmp_path / "models"


def eyes(picture):
    return [detect.meshes(picture)[0].points[part, :2].mean(axis=0) for part in ([33, 133], [362, 263])]


# --- crops ------------------------------------------------------------------------------------------------------------------

def test_a_face_crop_is_a_square_with_the_face_in_its_middle_and_more_room_shows_more():
    near, far = augment.CropFace(margin=0.2).apply(people.astronaut()), augment.CropFace(margin=1).apply(people.astronaut())
    assert near.width == near.height < far.width == far.height
    (face,) = detect.faces(near)
    assert np.hypot(face.box.centre[0] - 0.5, face.box.centre[1] - 0.5) < 0.15 and face.box.w > 0.6


def test_of_several_faces_the_largest_is_taken_or_each_becomes_a_piece():
    assert augment.CropFace().apply(people.both()).width > 300  # the admiral, who is larger
    larger, smaller = augment.CutFaces(closely=False).pieces(people.both())
    assert larger.width > smaller.width and all(len(detect.faces(piece)) == 1 for piece in (larger, smaller))


def test_eyes_are_level_and_at_the_same_places_after_alignment_however_the_head_was_held():
    for turned in (0, 25, -40):
        picture = people.astronaut().rotate(turned, expand=True, fillcolor="grey", resample=Image.Resampling.BICUBIC)
        upright = augment.AlignFace().apply(picture)
        right, left = eyes(upright)
        assert upright.width == upright.height
        assert abs(left[1] - right[1]) < 0.012, turned
        assert right == pytest.approx([0.375, 0.47], abs=0.03) and left == pytest.approx([0.625, 0.47], abs=0.03)


def test_a_face_that_would_become_a_giant_picture_stays_out():
    right, left, mouth = (np.array(point, float) for point in ((0, 0), (2000, 0), (1000, 1000)))
    with pytest.raises(LeftOut, match="larger than 150 Mpx"):
        people_steps._aligned(people.astronaut(), right, left, mouth, 0.1)


def test_eyes_farther_apart_show_less_round_the_face():
    close = augment.AlignFace(eyes_apart=0.4).apply(people.admiral())
    right, left = eyes(close)
    assert left[0] - right[0] == pytest.approx(0.4, abs=0.04)


def test_what_lies_outside_the_picture_is_filled_from_it_and_never_black():
    portrait = people.astronaut().crop((165, 70, 300, 200))
    filled = np.asarray(augment.AlignFace().apply(portrait))
    assert filled[:5].mean() > 60 and filled.shape[0] > 135


def test_a_person_is_cut_out_by_outline_or_skeleton_with_the_head_on():
    for by in ("outline", "skeleton"):
        square = augment.CropPerson(by=by).apply(people.both())
        assert square.width == square.height and detect.faces(square)[0].box.y > 0.1
    tall = people.astronaut().crop((0, 0, 512, 512)).resize((300, 512))
    assert augment.CropPerson(shape="as they stand").apply(tall).height > 480
    assert augment.CropPerson().makes_square and not augment.CropPerson(shape="as they stand").makes_square


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (augment.CropFace(), "no face found"), (augment.AlignFace(), "no face found"), (augment.CropPerson(), "no person found"),
        (augment.FaceMesh(), "no face found"), (augment.Hands(), "no hand found"), (augment.Pose(), "no body found"),
        (augment.RemoveBackground(way="person"), "no person found"),
    ],
    ids=lambda value: value.title if isinstance(value, augment.Step) else "",
)  # fmt: skip
def test_a_picture_without_anybody_is_left_out_with_the_reason(step, reason):
    with pytest.raises(LeftOut, match=reason):
        step.apply(people.coffee())


def test_every_face_of_a_picture_without_faces_is_left_out_too():
    with pytest.raises(LeftOut, match="no face found"):
        augment.CutFaces().pieces(people.coffee())


def test_or_its_middle_or_an_empty_drawing_is_kept():
    for step in (augment.CropFace(missing="centre"), augment.AlignFace(missing="centre"), augment.CropPerson(missing="centre")):
        assert step.apply(people.coffee()).size == (120, 120)
    for step in (augment.FaceMesh(missing="empty"), augment.Hands(missing="empty"), augment.Pose(missing="empty")):
        drawing = step.apply(people.coffee())
        assert drawing.size == people.coffee().size and not np.asarray(drawing).any()


# --- drawings ---------------------------------------------------------------------------------------------------------------

def test_drawings_have_the_size_of_the_picture_and_lines_where_the_person_is():
    portrait = augment.CropFace().apply(people.astronaut())
    for step, picture in (
        (augment.FaceMesh(), portrait), (augment.FaceMesh("contours"), portrait), (augment.Hands(), people.left_hand()),
        (augment.Pose(), people.astronaut()), (augment.Pose(hands=True, face=True), people.astronaut()),
    ):  # fmt: skip
        drawing = np.asarray(step.apply(picture))
        assert drawing.shape[1::-1] == picture.size
        assert 0.002 < (drawing.max(axis=2) > 40).mean() < 0.4 and not drawing[:4].any(), step.words


def test_a_drawing_on_the_picture_shows_both():
    over = augment.Pose(on="picture").apply(people.astronaut())
    assert over.getpixel((20, 20)) == people.astronaut().getpixel((20, 20)) and over != people.astronaut()


# --- background -------------------------------------------------------------------------------------------------------------

def test_a_persons_background_becomes_paper_and_the_library_is_said():
    alone = augment.RemoveBackground(paper="#40c080").apply(people.astronaut())
    assert alone.getpixel((20, 20)) == (0x40, 0xC0, 0x80)  # where the flag was
    assert alone.getpixel((150, 350)) == people.astronaut().getpixel((150, 350))  # her suit
    assert alone.info["how"] == "MediaPipe 0.10.21 selfie segmentation"


def test_a_thing_is_told_from_calm_paper_by_grabcut_each_time_the_same():
    tulip = people.tulip()
    alone = augment.RemoveBackground(softness=0).apply(tulip)
    assert alone.info["how"].startswith("GrabCut (OpenCV 4")
    assert alone.getpixel((100, 60)) == (0xC8, 0x20, 0x2A) and alone.getpixel((100, 155)) == (0x2E, 0x6B, 0x35)
    assert [alone.getpixel(place) for place in ((3, 3), (190, 80), (60, 120))] == [(255, 255, 255)] * 3
    assert augment.RemoveBackground(softness=0).apply(tulip) == alone


def test_a_silhouette_is_black_on_white_or_a_mask():
    tulip = people.tulip()
    black, white = augment.Silhouette().apply(tulip), augment.Silhouette(inverted=True).apply(tulip)
    assert black.mode == "RGB" and black.getpixel((100, 60)) == (0, 0, 0) and black.getpixel((3, 3)) == (255, 255, 255)
    assert white.getpixel((100, 60)) == (255, 255, 255) and white.getpixel((3, 3)) == (0, 0, 0)


def test_an_edge_is_cut_as_with_scissors_or_as_soft_as_one_likes():
    mask = np.zeros((100, 200), np.float32)
    mask[30:70, 50:150] = 1
    assert set(np.unique(cutout.softened(mask, 0))) == {0, 1}
    greys = [len(np.unique(cutout.softened(mask, soft))) for soft in (0, 0.5, 5)]
    assert greys == sorted(greys) and greys[2] > 8


@pytest.mark.parametrize("colour", ["white", "#777"])
def test_plain_paper_and_specks_are_left_out(colour):
    for size in ((64, 48), (1, 1), (2, 90)):
        with pytest.raises(LeftOut, match="no thing told from its background"):
            augment.RemoveBackground().apply(Image.new("RGB", size, colour))


def test_a_paper_that_is_no_colour_is_refused():
    with pytest.raises(UserError, match="cannot have paper"):
        augment.RemoveBackground(paper="parchment")


def test_every_step_says_what_it_does_and_by_which_library():
    for name in ("CropFace", "CutFaces", "AlignFace", "CropPerson", "FaceMesh", "Hands", "Pose", "RemoveBackground", "Silhouette"):
        step = augment.STEPS[name]()
        assert step.title in step.words and step.says.endswith(".") and "MediaPipe 0.10.21" in step.library
        assert not step.light and step.group in ("people", "background") and step.looks


# --- background models ------------------------------------------------------------------------------------------------------

def field(number: int, value: bytes | int) -> bytes:
    """One field of a protocol buffer: a number below 128, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def tiny_model() -> bytes:
    """An ONNX model that takes the mean of the three colours: what is bright is the thing."""

    def value(name: bytes, *sides: int) -> bytes:
        shape = b"".join(field(1, field(1, side)) for side in sides)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

    axes = field(1, b"axes") + field(8, 1) + field(20, 7)
    mean = field(1, b"picture") + field(2, b"mask") + field(4, b"ReduceMean") + field(5, axes)
    graph = field(1, mean) + field(2, b"tiny") + field(11, value(b"picture", 1, 3, 320, 320))
    graph += field(12, value(b"mask", 1, 1, 320, 320))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


@pytest.fixture
def lantern():
    """A bright square on dark ground."""
    picture = Image.new("RGB", (120, 80), "#202020")
    picture.paste("#f0f0f0", (40, 20, 80, 60))
    return picture


@pytest.fixture
def releases(monkeypatch, tmp_path):
    """A server on this computer in place of rembg's releases: what lies in its folder can be fetched."""
    folder = tmp_path / "releases"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given):
            super().__init__(*given, directory=str(folder))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        come_from(monkeypatch, f"http://127.0.0.1:{server.server_port}/")
        yield folder
        server.shutdown()


def come_from(monkeypatch, address: str) -> None:
    """As if rembg's releases lay there."""
    changed = [dataclasses.replace(one, source=address + one.files[0]) if one.folder else one for one in weights._TABLE]
    monkeypatch.setattr(weights, "_TABLE", tuple(changed))


def is_the_right_one(monkeypatch, name: str, data: bytes) -> None:
    """As if this were the file whose check sum rembg gives."""
    check = f"md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}"
    changed = [dataclasses.replace(one, check=check) if one.name == name else one for one in weights._TABLE]
    monkeypatch.setattr(weights, "_TABLE", tuple(changed))


def test_a_model_is_used_where_its_file_is_and_its_name_is_said(models_folder, lantern):
    assert not any(model.here for model in augment.background_models())
    models_folder.mkdir()
    (models_folder / "u2netp.onnx").write_bytes(tiny_model())
    assert [model.name for model in augment.background_models() if model.here] == ["u2netp"]
    for step in (augment.Silhouette(), augment.Silhouette(way="model"), augment.Silhouette(way="model", model="u2netp")):
        made = step.apply(lantern)
        assert made.info["how"] == "u2netp (rembg's model, by ONNX Runtime)"
        assert made.getpixel((60, 40)) == (0, 0, 0) and made.getpixel((5, 5)) == (255, 255, 255)


def test_the_words_of_a_step_say_what_automatic_means_on_this_computer(models_folder):
    assert "person by MediaPipe, otherwise GrabCut" in augment.RemoveBackground().words
    models_folder.mkdir()
    (models_folder / "silueta.onnx").write_bytes(tiny_model())
    assert "by silueta" in augment.RemoveBackground().words and "GrabCut" in augment.RemoveBackground(way="thing").words


def test_a_model_that_is_not_here_is_never_fetched_by_itself(lantern):
    with pytest.raises(UserError, match="no background model on this computer"):
        augment.RemoveBackground(way="model").apply(lantern)
    with pytest.raises(UserError, match="u2net is not on this computer"):
        augment.RemoveBackground(way="model", model="u2net").apply(lantern)


def test_a_broken_model_file_is_named(models_folder, lantern):
    models_folder.mkdir()
    (models_folder / "u2net.onnx").write_bytes(b"not a model")
    with pytest.raises(UserError, match="u2net.onnx cannot be read"):
        augment.RemoveBackground().apply(lantern)


def test_fetching_a_model_counts_the_bytes_and_keeps_the_file(project, models_folder, releases, monkeypatch):
    (releases / "u2netp.onnx").write_bytes(tiny_model())
    is_the_right_one(monkeypatch, "u2netp", tiny_model())
    seen = []
    path = augment.fetch_background_model(project, "u2netp", progress=lambda done, total: seen.append((done, total)))
    assert Path(path) == models_folder / "u2netp.onnx" and Path(path).read_bytes() == tiny_model()
    assert seen == [(len(tiny_model()), len(tiny_model()))] and cutout.best_model() == "u2netp"


def test_a_stopped_fetch_leaves_nothing(project, models_folder, releases, monkeypatch):
    (releases / "u2netp.onnx").write_bytes(tiny_model())
    is_the_right_one(monkeypatch, "u2netp", tiny_model())
    augment.fetch_background_model(project, "u2netp", should_stop=lambda: True)
    assert list(models_folder.iterdir()) == []


def test_another_file_than_asked_for_is_not_kept(project, models_folder, releases):
    (releases / "u2netp.onnx").write_bytes(b"something else")
    with pytest.raises(UserError, match="What came are not the weights u2netp"):
        augment.fetch_background_model(project, "u2netp")
    assert list(models_folder.iterdir()) == []


def test_without_a_network_a_person_hears_what_to_do(project, models_folder, monkeypatch):
    come_from(monkeypatch, "http://127.0.0.1:9/")
    with pytest.raises(UserError, match="could not be fetched") as caught:
        augment.fetch_background_model(project, "u2net")
    assert "u2net.onnx into" in caught.value.fix and list(models_folder.iterdir()) == []
    with pytest.raises(UserError, match="no background model called paint"):
        augment.fetch_background_model(project, "paint")


def test_a_person_sees_what_a_background_model_learned_from_and_how_much_room_there_is():
    for model in augment.background_models():
        offered = augment.offer_background_model(model.name)
        assert model.learned.endswith(".") and offered.words.startswith(f"{model.megabytes} MB from github.com, Apache 2.0")
        assert offered.weights.source == f"https://github.com/danielgatis/rembg/releases/download/v0.0.0/{model.name}.onnx"
