"""What a look at a picture finds, as plain values. Places are fractions 0..1 of the upright picture: x of its width, y of its height.

Left and right are the person's own: the left eye of somebody who looks at us is on the right of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Box:
    """A rectangle: its left upper corner and its size. It may reach a little over the picture's edge."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def holds(self, x: float, y: float) -> bool:
        """True if this place lies in it."""
        return self.x <= x <= self.x + self.w and self.y <= y <= self.y + self.h

    def overlap(self, other: Box) -> float:
        """Shared area over joint area, 0..1 (intersection over union)."""
        wide = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        high = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        shared = max(wide, 0.0) * max(high, 0.0)
        joint = self.w * self.h + other.w * other.h - shared
        return shared / joint if joint > 0 else 0.0


@dataclass(frozen=True)
class Face:
    """A face from brow to chin. points: right_eye, left_eye, nose, mouth, right_ear, left_ear → (x, y)."""

    box: Box
    score: float
    points: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Mesh:
    """The surface of one face. points: float32 (478, 3): 468 of the face, 5 + 5 of the irises; z as x, smaller is nearer."""

    points: np.ndarray
    box: Box


@dataclass(frozen=True, eq=False)
class Hand:
    """One hand. points: float32 (21, 3), from the wrist (0) over thumb (1-4) to the little finger (17-20), z as x.

    side: "left" or "right", the person's own.
    """

    points: np.ndarray
    side: str
    score: float


@dataclass(frozen=True, eq=False)
class Body:
    """One body. points: float32 (33, 3), named in BODY, z as x; places outside the picture are guessed.

    seen: float32 (33,), how surely each point is in the picture and not hidden, 0..1.
    """

    points: np.ndarray
    seen: np.ndarray

    def at(self, name: str) -> tuple[float, float]:
        """Where a point of BODY is: at("left_shoulder")."""
        x, y = self.points[BODY.index(name), :2]
        return float(x), float(y)

    def box(self, sure: float = 0.5) -> Box:
        """Around all points that are surely seen (from the picture's whole where there are none)."""
        return around(self.points[self.seen >= sure]) if (self.seen >= sure).any() else Box(0.0, 0.0, 1.0, 1.0)


# The 33 points of BlazePose, in its order.
BODY = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer", "left_ear",
    "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot", "right_foot",
)  # fmt: skip


def around(points: np.ndarray) -> Box:
    """The box around points, (n, 2) or (n, 3)."""
    left, top = points[:, :2].min(axis=0)
    right, bottom = points[:, :2].max(axis=0)
    return Box(float(left), float(top), float(right - left), float(bottom - top))
