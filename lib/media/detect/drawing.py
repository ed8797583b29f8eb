"""Drawings of what was found: skeletons, hands, faces as nets of lines. Read `draw_body` first.

They are made for a network to learn from: black ground, each limb always in the same clear colour, sizes that grow with the
picture. Bodies and hands follow OpenPose (Cao et al. 2019, arXiv:1812.08008) as ControlNet draws it: 18 points, hues in steps of
20 degrees round the wheel, so such a drawing also speaks to models that learned from OpenPose.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from lib.media.detect.found import BODY, Body, Hand, Mesh

Colour = tuple[int, int, int]

SURE = 0.5      # a point of a body that is seen less surely is not drawn
_LARGE = 2048   # px: drawn at up to this size, then made small, so that lines are smooth

# OpenPose's 18 points (COCO) by their names in BlazePose; the neck lies between the shoulders.
_OPENPOSE = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
    "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
_LIMBS = (
    ("neck", "right_shoulder"), ("neck", "left_shoulder"), ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("neck", "right_hip"), ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"), ("neck", "left_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
    ("neck", "nose"), ("nose", "right_eye"), ("right_eye", "right_ear"), ("nose", "left_eye"), ("left_eye", "left_ear"),
)  # fmt: skip
_FINGERS = tuple((0 if joint % 4 == 1 else joint - 1, joint) for joint in range(1, 21))  # wrist (0) to each tip

# The parts of a face, by MediaPipe's names. Eyes and brows differ by side, so that left and right can be learnt.
_PARTS: dict[str, Colour] = {
    "FACE_OVAL": (245, 245, 245), "NOSE": (255, 169, 77), "LIPS": (255, 64, 96), "LEFT_EYE": (80, 255, 150),
    "RIGHT_EYE": (70, 205, 255), "LEFT_EYEBROW": (24, 190, 110), "RIGHT_EYEBROW": (60, 125, 255),
}  # fmt: skip
_IRISES, _IRIS = ((468, range(469, 473)), (473, range(474, 478))), (255, 225, 70)  # middle, rim
_NET_FAR, _NET_NEAR = np.array([22, 34, 48]), np.array([104, 132, 160])


def draw_body(bodies: Iterable[Body], size: tuple[int, int], on: Image.Image | None = None) -> Image.Image:
    """Skeletons on black, or over the picture `on`. size: (width, height) in pixels. Gives an RGB picture."""
    sheet = _Sheet(size, on)
    for body in bodies:
        _draw_one_body(sheet, body)
    return sheet.finished()


def _draw_one_body(sheet: _Sheet, body: Body) -> None:
    places = _openpose_points(body)
    width = sheet.unit * 4
    for hue, (start, end) in enumerate(_LIMBS):
        if start in places and end in places:
            sheet.limb(places[start], places[end], width, _dimmed(_hue(hue / 18)))
    for hue, name in enumerate(_OPENPOSE):
        if name in places:
            sheet.dot(places[name], width, _hue(hue / 18))


def _openpose_points(body: Body) -> dict[str, tuple[float, float]]:
    """Those of OpenPose's points that are surely seen."""
    places = {name: body.at(name) for name, sure in zip(BODY, body.seen, strict=True) if sure >= SURE}
    if "left_shoulder" in places and "right_shoulder" in places:
        left, right = places["left_shoulder"], places["right_shoulder"]
        places["neck"] = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
    return {name: places[name] for name in _OPENPOSE if name in places}


def draw_hands(hands: Iterable[Hand], size: tuple[int, int], on: Image.Image | None = None) -> Image.Image:
    """Hands on black, or over the picture `on`: each finger in hues of its own. size: (width, height). Gives RGB."""
    sheet = _Sheet(size, on)
    for hand in hands:
        points = [(float(x), float(y)) for x, y in hand.points[:, :2]]
        width = min(max(_reach(points, size) * sheet.scale / 60, sheet.unit), sheet.unit * 4)
        for hue, (start, end) in enumerate(_FINGERS):
            sheet.line(points[start], points[end], width, _hue(hue / 20))
        for joint, point in enumerate(points):
            sheet.dot(point, width * 1.1, (255, 255, 255) if joint == 0 else _hue((joint - 1) / 20))
    return sheet.finished()


def draw_meshes(
    meshes: Iterable[Mesh],
    size: tuple[int, int],
    on: Image.Image | None = None,
    lines: Literal["contours", "net", "both"] = "both",
) -> Image.Image:
    """Faces as lines on black, or over the picture `on`. size: (width, height). Gives RGB.

    lines: the contours (oval, brows, eyes, irises, nose, lips), the net of triangles, lighter where it is nearer, or both.
    """
    from mediapipe.python.solutions import face_mesh_connections as edges

    sheet = _Sheet(size, on)
    for mesh in meshes:
        width = min(max(mesh.box.h * size[1] * sheet.scale / 150, sheet.unit / 2), sheet.unit * 2)
        if lines != "contours":
            _draw_net(sheet, mesh, edges.FACEMESH_TESSELATION, width * 0.5)
        if lines != "net":
            for part, colour in _PARTS.items():
                for start, end in getattr(edges, f"FACEMESH_{part}"):
                    sheet.line(mesh.points[start, :2], mesh.points[end, :2], width, colour)
            for middle, rim in _IRISES:
                sheet.ring(mesh.points[middle, :2], mesh.points[rim, :2], width, _IRIS)
    return sheet.finished()


def _draw_net(sheet: _Sheet, mesh: Mesh, edges: Iterable[tuple[int, int]], width: float) -> None:
    depth = mesh.points[:, 2]
    near = (depth.max() - depth) / max(float(np.ptp(depth)), 1e-6)  # 1 at the tip of the nose
    for start, end in sorted(edges, key=lambda edge: near[edge[0]] + near[edge[1]]):
        light = (near[start] + near[end]) / 2
        red, green, blue = (int(value) for value in _NET_FAR + (_NET_NEAR - _NET_FAR) * light)
        sheet.line(mesh.points[start, :2], mesh.points[end, :2], width, (red, green, blue))


class _Sheet:
    """Paper to draw on, a few times larger than it will be. Places are fractions, widths are pixels of the paper."""

    def __init__(self, size: tuple[int, int], on: Image.Image | None):
        self.size = size
        self.scale = max(1, min(4, _LARGE // max(size)))
        large = (size[0] * self.scale, size[1] * self.scale)
        self.unit = max(size) * self.scale / 512  # what is one pixel in a picture of 512
        # Each pixel of the ground becomes a square of its own, so that making the sheet small gives it back untouched.
        self.image = on.convert("RGB").resize(large, Image.Resampling.NEAREST) if on else Image.new("RGB", large)
        self._pen = ImageDraw.Draw(self.image)

    def line(self, start: Sequence[float] | np.ndarray, end: Sequence[float] | np.ndarray, width: float, colour: Colour) -> None:
        line = [self._at(start), self._at(end)]
        self._pen.line(line, fill=colour, width=max(1, round(width)))
        if width > 3:
            for place in line:
                self._round(place, width / 2, colour)

    def limb(self, start: Sequence[float] | np.ndarray, end: Sequence[float] | np.ndarray, width: float, colour: Colour) -> None:
        """A limb as OpenPose draws it: an ellipse from joint to joint, `width` to each side of the middle."""
        (x0, y0), (x1, y1) = self._at(start), self._at(end)
        half, angle = math.hypot(x1 - x0, y1 - y0) / 2, math.atan2(y1 - y0, x1 - x0)
        turned = []
        for step in range(48):
            along, across = half * math.cos(step * math.tau / 48), width * math.sin(step * math.tau / 48)
            turned.append((
                (x0 + x1) / 2 + along * math.cos(angle) - across * math.sin(angle),
                (y0 + y1) / 2 + along * math.sin(angle) + across * math.cos(angle),
            ))  # fmt: skip
        self._pen.polygon(turned, fill=colour)

    def dot(self, place: Sequence[float], radius: float, colour: Colour) -> None:
        self._round(self._at(place), radius, colour)

    def ring(self, middle: Sequence[float] | np.ndarray, rim: np.ndarray, width: float, colour: Colour) -> None:
        """A circle about a middle, as far away as the rim's points are on average."""
        x, y = self._at(middle)
        radius = float(np.mean([math.dist((x, y), self._at(point)) for point in rim]))
        corners = (x - radius, y - radius, x + radius, y + radius)
        self._pen.ellipse(corners, outline=colour, width=max(1, round(width)))

    def _round(self, place: tuple[float, float], radius: float, colour: Colour) -> None:
        x, y = place
        self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def _at(self, place: Sequence[float] | np.ndarray) -> tuple[float, float]:
        return float(place[0]) * self.image.width, float(place[1]) * self.image.height

    def finished(self) -> Image.Image:
        return self.image if self.scale == 1 else self.image.reduce(self.scale)


def _hue(hue: float) -> Colour:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 1.0, 1.0))
    return red, green, blue


def _dimmed(colour: Colour) -> Colour:
    """Limbs are darker than their joints: 60 %, as in ControlNet's drawings."""
    red, green, blue = (round(part * 0.6) for part in colour)
    return red, green, blue


def _reach(points: list[tuple[float, float]], size: tuple[int, int]) -> float:
    """How far points reach, in pixels: the longer side of the box around them."""
    across, down = zip(*points, strict=True)
    return max((max(across) - min(across)) * size[0], (max(down) - min(down)) * size[1])
