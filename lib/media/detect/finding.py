"""Finding faces, hands, bodies and people in a picture: MediaPipe's carried models, offline.

Every function takes a PIL picture of any size and mode and gives plain values (found.py) in fractions of it. On one core
of a server of 2024, for a picture of 512 px: faces 8 ms (closely 0.5 s), meshes 6 ms a face more, hands 14 ms,
body 32 ms, person_mask 12 ms; importing MediaPipe takes 2 s and 135 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from lib.media.detect.found import Body, Box, Face, Hand, Mesh, around
from lib.media.detect.models import lent

_LOOK = 1280  # px of the longer side that the models get to see: they shrink it to 128..256 themselves
SURE = 0.65   # the least score of a face, unless one asks for another
_SURER = 0.1  # by so much must a face in a part of the picture be surer: there are many parts, and stars and petals in them
_SAME_FACE = 0.3  # overlap from which two finds are one face
_LEAST_PART = 96   # px; smaller parts of a picture show no more than the whole
_POINTS = ("right_eye", "left_eye", "nose", "mouth", "right_ear", "left_ear")  # in BlazeFace's order
_MESH_ROOM = 0.5  # of the face's longer side, added on each side before its mesh is looked for


def faces(picture: Image.Image, sure: float = SURE, closely: bool = False) -> list[Face]:
    """All faces, largest first: those near (up to about 2 m) and far (up to about 5 m), each found once.

    sure: the least score, 0.5 to 1; at 0.5 a flower may pass for a face. closely: for photos of groups; a face narrower than
    about a tenth of the picture may be missed otherwise. It looks at overlapping parts of the picture too, up to 58 times as
    often. Bazarevsky et al. 2019, BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs (arXiv:1907.05047); the far
    model is MediaPipe's full-range one.
    """
    candidates = _faces_in(picture, (0, 0, *picture.size), sure)
    if closely:
        for part in _parts(picture.size):
            more = _faces_in(picture, part, min(sure + _SURER, 0.99))
            candidates += [face for face in more if not _cut_off(face.box, part, picture.size)]
    candidates.sort(key=lambda face: face.score, reverse=True)
    return sorted(_each_once(candidates), key=lambda face: face.box.w * face.box.h, reverse=True)


def _faces_in(picture: Image.Image, part: tuple[int, int, int, int], sure: float) -> list[Face]:
    """The faces in a part of a picture (left, top, right, bottom in pixels), in fractions of the whole."""
    whole = part == (0, 0, *picture.size)
    seen = _pixels(picture if whole else picture.crop(part))
    detected: list[Face] = []
    for kind in ("near", "far"):
        with lent(kind) as look:
            detected += [face for face in map(_face, look(seen).detections or []) if face.score >= sure]
    return detected if whole else [_in_the_whole(face, part, picture.size) for face in detected]


def _parts(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Parts that overlap by half: of half and of a quarter of the picture's length, as long as they are large enough."""
    for parts in (2, 4):
        wide, high = (max(round(side / parts), 1) for side in size)
        if min(wide, high) < _LEAST_PART:
            return
        for down in range(2 * parts - 1):
            for across in range(2 * parts - 1):
                left, top = round(across * wide / 2), round(down * high / 2)
                yield left, top, min(left + wide, size[0]), min(top + high, size[1])


def _cut_off(box: Box, part: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """True if a face touches the edge of a part, where the picture goes on: another part shows it whole."""
    left, top, right, bottom = (edge / size[at % 2] for at, edge in enumerate(part))
    return (
        (left > 0 and box.x < left) or (top > 0 and box.y < top)
        or (right < 1 and box.x + box.w > right) or (bottom < 1 and box.y + box.h > bottom)
    )  # fmt: skip


def _in_the_whole(face: Face, part: tuple[int, int, int, int], size: tuple[int, int]) -> Face:
    left, top, wide, high = part[0] / size[0], part[1] / size[1], (part[2] - part[0]) / size[0], (part[3] - part[1]) / size[1]
    box = Box(left + face.box.x * wide, top + face.box.y * high, face.box.w * wide, face.box.h * high)
    return Face(box, face.score, {name: (left + x * wide, top + y * high) for name, (x, y) in face.points.items()})


def _face(detection: Any) -> Face:
    place = detection.location_data
    box = place.relative_bounding_box
    points = {name: (point.x, point.y) for name, point in zip(_POINTS, place.relative_keypoints, strict=False)}
    return Face(Box(box.xmin, box.ymin, box.width, box.height), float(detection.score[0]), points)


def _each_once(candidates: Iterable[Face]) -> list[Face]:
    kept: list[Face] = []
    for face in candidates:
        if not any(face.box.overlap(other.box) > _SAME_FACE or _inside(face.box, other.box) for other in kept):
            kept.append(face)
    return kept


def _inside(box: Box, other: Box) -> bool:
    return other.holds(*box.centre) or box.holds(*other.centre)


def meshes(picture: Image.Image, known_faces: Sequence[Face] | None = None) -> list[Mesh]:
    """The surface of each face, largest first: 478 points with the irises. Faces in profile or hidden may have none.

    known_faces: those of the picture, where they are known already.
    Kartynnik et al. 2019, Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs (arXiv:1907.06724);
    irises: Grishchenko et al. 2020, Attention Mesh (arXiv:2006.10962). Each face is looked at from near, in a crop.
    """
    seen_meshes = []
    for face in faces(picture) if known_faces is None else known_faces:
        left, top, side = _room_around(face.box, picture.size)
        with lent("mesh") as look:
            seen = look(_pixels(picture.crop((left, top, left + side, top + side)))).multi_face_landmarks
        if seen:
            points = _triples(seen[0].landmark)
            points *= side / np.array([picture.width, picture.height, picture.width], np.float32)
            points += np.array([left / picture.width, top / picture.height, 0], np.float32)
            seen_meshes.append(Mesh(points, around(points)))
    return seen_meshes


def _room_around(box: Box, size: tuple[int, int]) -> tuple[int, int, int]:
    """Left, top and side, in pixels, of the square around a face in which its mesh is looked for."""
    width, height = size
    side = round(max(box.w * width, box.h * height) * (1 + 2 * _MESH_ROOM))
    x, y = box.centre
    return round(x * width - side / 2), round(y * height - side / 2), max(side, 2)


def hands(picture: Image.Image) -> list[Hand]:
    """Up to eight hands, surest first. Zhang et al. 2020, MediaPipe Hands: On-device Real-time Hand Tracking (arXiv:2006.10214)."""
    with lent("hands") as look:
        seen = look(_pixels(picture))
    seen_hands = []
    for points, sides in zip(seen.multi_hand_landmarks or [], seen.multi_handedness or [], strict=False):
        side = sides.classification[0]
        # The model names sides as in a mirror, which a phone's own camera shows.
        seen_hands.append(Hand(_triples(points.landmark), "left" if side.label == "Right" else "right", float(side.score)))
    return sorted(seen_hands, key=lambda hand: hand.score, reverse=True)


def body(picture: Image.Image) -> Body | None:
    """The body that stands out most, or None. It sees one only, even where several people are.

    Bazarevsky et al. 2020, BlazePose: On-device Real-time Body Pose Tracking (arXiv:2006.10204), the full model.
    """
    with lent("pose") as look:
        seen = look(_pixels(picture)).pose_landmarks
    if seen is None:
        return None
    sure = np.array([point.visibility for point in seen.landmark], np.float32)
    return Body(_triples(seen.landmark), sure)


def person_mask(picture: Image.Image) -> np.ndarray:
    """How surely each pixel belongs to a person: float32 (height, width), 0..1. All near 0 where there is nobody.

    MediaPipe selfie segmentation (a MobileNetV3 that looks at 256 x 256), its edges drawn to those of the picture with a
    guided filter: He, Sun and Tang 2010, Guided Image Filtering. Made for people up to about 2 m away.
    """
    seen = _pixels(picture)
    with lent("person") as look:
        mask = look(seen).segmentation_mask
    return _fitted(np.array(mask, np.float32), seen, picture.size)


def _fitted(mask: np.ndarray, seen: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mask with the edges of what was seen, at the picture's size."""
    import cv2

    radius = max(2, round(max(mask.shape) / 128))  # half a cell of the model's 256
    fitted = cv2.ximgproc.guidedFilter(guide=seen, src=mask, radius=radius, eps=40.0)
    return np.clip(cv2.resize(fitted, size, interpolation=cv2.INTER_LINEAR), 0.0, 1.0)


def _pixels(picture: Image.Image) -> np.ndarray:
    """What a model gets to see: uint8 RGB (h, w, 3), at most _LOOK pixels long."""
    picture = picture if picture.mode == "RGB" else picture.convert("RGB")
    if max(picture.size) > _LOOK:
        size = tuple(max(1, round(side * _LOOK / max(picture.size))) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.ascontiguousarray(picture)


def _triples(landmarks: Iterable) -> np.ndarray:
    """float32 (n, 3)."""
    return np.array([(point.x, point.y, point.z) for point in landmarks], np.float32)
