"""Faces, meshes, hands, bodies and people in real pictures, their drawings, and how the models are lent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.media import detect
from lib.media.detect import models
from tests.media import drawn_people as people

ROOT = Path(__file__).resolve().parent.parent.parent
HER_FACE = detect.Box(0.33, 0.12, 0.22, 0.25)  # the astronaut's, by eye


def test_the_face_is_found_where_it_is_and_the_points_lie_in_it_the_right_way_round():
    (face,) = detect.faces(people.astronaut())
    assert face.box.overlap(HER_FACE) > 0.5 and face.score > 0.8
    assert all(HER_FACE.holds(*face.points[name]) for name in ("nose", "mouth", "right_eye", "left_eye"))
    assert face.points["right_eye"][0] < face.points["nose"][0] < face.points["left_eye"][0]  # her own right is left for us
    assert face.points["mouth"][1] > face.points["nose"][1] > face.points["left_eye"][1]


def test_several_faces_come_largest_first_and_each_once():
    larger, smaller = detect.faces(people.both())
    assert larger.box.centre[0] > 0.5 > smaller.box.centre[0]


def test_looking_closely_finds_everybody_of_a_group_once():
    found = detect.faces(people.group(), closely=True)
    cells = {(int(face.box.centre[0] * 4), int(face.box.centre[1] * 3)) for face in found}
    assert len(found) == len(cells) == 12 > len(detect.faces(people.group()))
    assert all(face.box.holds(*face.points["nose"]) for face in found)


def test_the_mesh_has_478_points_and_the_nose_is_in_the_face():
    admiral, astronaut = detect.meshes(people.both())
    assert admiral.points.shape == (478, 3) and admiral.points.dtype == np.float32
    for mesh, face in zip((admiral, astronaut), detect.faces(people.both()), strict=True):
        tip = mesh.points[1]
        assert face.box.holds(*tip[:2]) and tip[2] < np.median(mesh.points[:, 2])  # and it is nearer than the rest
        assert np.hypot(*(tip[:2] - face.points["nose"])) < 0.03


def test_the_body_has_its_shoulders_under_the_head_and_its_right_one_on_our_left():
    body = detect.body(people.astronaut())
    assert body.points.shape == (33, 3) and body.seen.shape == (33,)
    right, left, nose = (body.at(name) for name in ("right_shoulder", "left_shoulder", "nose"))
    assert right[0] < nose[0] < left[0] and min(right[1], left[1]) > nose[1]
    assert HER_FACE.holds(*nose)
    assert body.seen[detect.BODY.index("left_ankle")] < 0.1  # outside the picture


def test_the_persons_mask_covers_her_torso_and_not_the_flag():
    mask = detect.person_mask(people.astronaut())
    assert mask.shape == (512, 512) and mask.dtype == np.float32 and 0 <= mask.min() <= mask.max() <= 1
    assert mask[300:400, 120:250].mean() > 0.95 and mask[90:150, 190:260].mean() > 0.95
    assert mask[:100, :100].mean() < 0.05


def test_a_hand_is_found_with_its_side_and_its_fingertips():
    (hand,) = detect.hands(people.left_hand())
    assert hand.side == "left" and hand.points.shape == (21, 3)
    assert np.hypot(*(hand.points[12, :2] - people.MIDDLE_FINGER_TIP)) < 0.06
    assert hand.points[0, 1] > hand.points[9, 1] > hand.points[12, 1]  # wrist, knuckle, tip
    (other,) = detect.hands(people.left_hand().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert other.side == "right"


def test_a_cup_of_coffee_is_nobody():
    cup = people.coffee()
    assert detect.faces(cup) == [] and detect.meshes(cup) == [] and detect.hands(cup) == [] and detect.body(cup) is None


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK"])
def test_pictures_of_any_mode_are_looked_at(mode):
    assert detect.person_mask(people.astronaut().resize((90, 120)).convert(mode)).shape == (120, 90)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
def test_pictures_of_odd_shapes_hold_nobody(size):
    speck = Image.new("RGB", size, "white")
    assert detect.faces(speck) == [] and detect.body(speck) is None and detect.person_mask(speck).shape == size[::-1]


def test_a_large_picture_is_looked_at_in_small_and_found_in_fractions():
    large = people.astronaut().resize((3000, 3000), Image.Resampling.NEAREST)
    (face,) = detect.faces(large)
    assert face.box.overlap(detect.faces(people.astronaut())[0].box) > 0.8


def test_drawings_are_black_but_for_lines_where_the_person_is():
    hand, face, body = (detect.hands(people.left_hand()), detect.meshes(people.astronaut()), detect.body(people.astronaut()))
    for drawing, area in (
        (detect.draw_hands(hand, (512, 512)), detect.around(hand[0].points)),
        (detect.draw_meshes(face, (512, 512)), face[0].box),
        (detect.draw_body([body], (512, 512)), body.box()),
    ):
        assert drawing.mode == "RGB" and drawing.size == (512, 512)
        rows, columns = np.nonzero(np.asarray(drawing).max(axis=2) > 40)
        drawn = detect.around(np.column_stack([columns, rows]) / 512)
        assert drawn.overlap(area) > 0.7
    assert not np.asarray(detect.draw_body([], (30, 20))).any()


def test_left_and_right_limbs_have_colours_of_their_own():
    body = detect.body(people.astronaut())
    drawing = detect.draw_body([body], (512, 512))
    colours = [drawing.getpixel(tuple(round(part * 512) for part in body.at(name))) for name in
               ("right_shoulder", "left_shoulder", "nose")]  # fmt: skip
    assert colours == [(255, 170, 0), (85, 255, 0), (255, 0, 0)]  # OpenPose's points 2, 5 and 0


def test_a_drawing_over_the_picture_keeps_the_picture_elsewhere():
    drawing = detect.draw_meshes(detect.meshes(people.astronaut()), (512, 512), people.astronaut(), lines="contours")
    before, after = np.asarray(people.astronaut()).astype(int), np.asarray(drawing).astype(int)
    assert (before[300:] == after[300:]).all() and np.abs(before - after)[60:190, 170:280].max() > 50


def test_threads_share_the_models_and_find_the_same():
    alone = detect.faces(people.astronaut())
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: detect.faces(people.astronaut()), range(12))) == [alone] * 12
    assert len(models._idle["near"]) <= models._IDLE_AT_MOST


def test_a_model_that_failed_is_not_lent_again():
    detect.forget()
    with pytest.raises(ZeroDivisionError), models.lent("near"):
        raise ZeroDivisionError
    assert not models._idle["near"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_hears_why_it_cannot_look_instead_of_waiting_for_ever():
    detect.faces(people.coffee())
    reader, writer = os.pipe()
    if child := os.fork():
        os.close(writer)
        with open(reader) as heard:
            assert heard.read() == "UserError"
        os.waitpid(child, 0)
        return
    try:
        detect.faces(people.coffee())
    except Exception as error:
        os.write(writer, type(error).__name__.encode())
    finally:
        os._exit(0)


def test_the_models_work_without_a_word_and_without_a_network(tmp_path):
    """In a process of its own, whose sockets are shut: nothing may stand in a person's log, and nothing be fetched."""
    people.astronaut().crop((0, 0, 512, 400)).save(tmp_path / "her.png")
    people.left_hand().save(tmp_path / "hand.png")
    code = f"""
import json, socket, sys
def shut(*_, **__): raise OSError("no network here")
socket.socket.connect = socket.create_connection = shut
from PIL import Image
from lib.media import detect
assert not {{"mediapipe", "cv2"}} & set(sys.modules)
her, hand = Image.open({str(tmp_path / "her.png")!r}), Image.open({str(tmp_path / "hand.png")!r})
print(json.dumps([len(detect.faces(her)), len(detect.meshes(her)), detect.body(her) is not None, len(detect.hands(hand)),
                  bool(detect.person_mask(her).max() > 0.9)]))
sys.stderr.write("my own words\\n")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [1, 1, True, 1, True]
    assert done.stderr == "my own words\n"


def test_what_others_write_to_stderr_meanwhile_is_passed_on(capfd):
    with models._without_chatter():
        os.write(2, b"W0000 00:00:1795264567.380292    9503 landmark_projection_calculator.cc:186] chatter\n")
        os.write(2, b"a real warning\n")
    assert capfd.readouterr().err == "a real warning\n"
