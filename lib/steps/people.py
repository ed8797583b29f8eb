"""People: cut to a face or a body, faces put upright, and drawings of faces, hands and bodies. The models are in lib/media/detect."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from PIL import Image

from lib.media import detect
from lib.media.setting import setting
from lib.steps.base import LeftOut, Step
from lib.steps.picture import refuse_larger

Background = Literal["black", "white", "picture"]

# Points of the mesh: the six round each eye and the corners of the mouth that dlib's 68 landmarks name.
_RIGHT_EYE, _LEFT_EYE = [33, 160, 158, 133, 153, 144], [362, 385, 387, 263, 373, 380]
_MOUTH_CORNERS = [61, 291]
_FOREHEAD = 0.1  # of its height: BlazeFace's box ends at the brow, so a crop sits a little higher


# --- crops ------------------------------------------------------------------------------------------------------------------

class _FaceCrop(Step):
    """What CropFace and CutFaces share."""

    library: ClassVar[str] = f"{detect.LIBRARY} face detection (BlazeFace)"
    group: ClassVar = "people"
    geometry: ClassVar = "moves"
    makes_square: ClassVar[bool] = True
    looks: ClassVar[bool] = True

    margin: float = setting(
        0.5, ge=0.0, le=2.0, label="Room around it", help="In faces: 0 is brow to chin, 0.5 the whole head, 1 the shoulders too."
    )
    sure: float = setting(
        detect.SURE, ge=0.5, le=0.95, level="expert", label="How sure", help="Lower finds more faces, and some that are none."
    )

    def _square(self, picture: Image.Image, face: detect.Face) -> Image.Image:
        width, height = picture.size
        side = max(face.box.w * width, face.box.h * height) * (1 + 2 * self.margin)
        x, y = face.box.centre
        return picture.crop(_square_inside(x * width, (y - _FOREHEAD * face.box.h) * height, side, picture.size))


class CropFace(_FaceCrop):
    title = "Crop to the face"
    says = "Cuts a square around the largest face."

    missing: Literal["leave out", "centre"] = setting(
        "leave out", label="Without a face", help="Leave such pictures out, or take a square from their middle."
    )

    @property
    def words(self) -> str:
        return f"Crop to the face, {self.margin:g} faces of room, {_without(self.missing)}"

    def apply(self, picture: Image.Image) -> Image.Image:
        faces = _faces(picture, self.sure)
        if faces:
            return self._square(picture, faces[0])
        if self.missing == "leave out":
            raise LeftOut("no face found")
        return picture.crop(_square_inside(picture.width / 2, picture.height / 2, min(picture.size), picture.size))


class CutFaces(_FaceCrop):
    title = "Cut out every face"
    says = "Makes a square picture of each face: a group photo becomes several portraits."

    closely: bool = setting(
        True, label="Look closely", help="Finds small faces too, down to a thirtieth of the picture; a second a picture."
    )

    @property
    def words(self) -> str:
        return f"Cut out every face, {self.margin:g} faces of room"

    def pieces(self, picture: Image.Image) -> list[Image.Image]:
        faces = detect.faces(picture, self.sure, self.closely)
        if not faces:
            raise LeftOut("no face found")
        return [self._square(picture, face) for face in faces]


class AlignFace(Step):
    """Karras, Laine and Aila 2019, A Style-Based Generator Architecture for GANs (arXiv:1812.04948), appendix A: as FFHQ was
    aligned after Kazemi and Sullivan's landmarks in dlib, but with both eyes exactly level."""

    title = "Face upright"
    says = "Turns, moves and scales each face so that the eyes lie level at the same two places, as in FFHQ."
    library = f"{detect.LIBRARY} face mesh, OpenCV"
    group = "people"
    geometry = "moves"
    makes_square = True
    looks = True

    eyes_apart: float = setting(
        0.25,
        ge=0.1,
        le=0.5,
        label="Eyes apart",
        help="As a share of the picture's width: 0.25 as in FFHQ shows the whole head, 0.4 the face alone.",
    )
    missing: Literal["leave out", "centre"] = setting(
        "leave out", label="Without a face", help="Leave such pictures out, or take a square from their middle."
    )

    @property
    def words(self) -> str:
        return f"Face upright, eyes {self.eyes_apart:g} apart, {_without(self.missing)}"

    def apply(self, picture: Image.Image) -> Image.Image:
        points = _eyes_and_mouth(picture)
        if points is not None:
            return _aligned(picture, *points, self.eyes_apart)
        if self.missing == "leave out":
            raise LeftOut("no face found")
        return picture.crop(_square_inside(picture.width / 2, picture.height / 2, min(picture.size), picture.size))


class CropPerson(Step):
    title = "Crop to the person"
    says = "Cuts each picture to the person in it, from head to where the picture ends."
    library = f"{detect.LIBRARY} selfie segmentation, pose (BlazePose)"
    group = "people"
    geometry = "moves"
    looks = True

    margin: float = setting(
        0.05, ge=0.0, le=1.0, label="Room around", help="As a share of the person's longer side: 0.05 is a finger's breadth."
    )
    shape: Literal["square", "as they stand"] = setting(
        "square", label="Shape", help="Networks look at squares; as they stand keeps tall people tall."
    )
    by: Literal["outline", "skeleton"] = setting(
        "outline", level="expert", label="By", help="Outline takes hair and clothes in; skeleton takes one person out of several."
    )
    missing: Literal["leave out", "centre"] = setting(
        "leave out", label="Without a person", help="Leave such pictures out, or keep the middle of them."
    )

    @property
    def words(self) -> str:
        return f"Crop to the person, {self.shape}, {_without(self.missing)}"

    @property
    def makes_square(self) -> bool:  # type: ignore[override]
        return self.shape == "square"

    def apply(self, picture: Image.Image) -> Image.Image:
        box = _person_box(picture, self.by)
        width, height = picture.size
        if box is None and self.missing == "leave out":
            raise LeftOut("no person found")
        if box is None:
            return picture.crop(_square_inside(width / 2, height / 2, min(picture.size), picture.size))
        left, top, wide, high = box.x * width, box.y * height, box.w * width, box.h * height
        margin = self.margin * max(wide, high)
        if self.shape == "square":
            side = min(max(wide, high) + 2 * margin, width, height)
            middle = top - margin + side / 2 if side < high else top + high / 2  # where it is too tall, the head stays
            return picture.crop(_square_inside(left + wide / 2, middle, side, picture.size))
        corners = (left - margin, top - margin, left + wide + margin, top + high + margin)
        return picture.crop(_inside(corners, picture.size))


# --- drawings ---------------------------------------------------------------------------------------------------------------

class FaceMesh(Step):
    title = "Face as a net"
    says = "Draws each face as lines: brows, eyes, nose, lips and the net of its surface."
    library = f"{detect.LIBRARY} face mesh"
    group = "people"
    looks = True

    lines: Literal["contours", "net", "both"] = setting(
        "both", label="Lines", help="Contours leave a network more freedom, the net tells it more about light and depth."
    )
    on: Background = setting("black", label="Drawn on", help="Black for pairs; the picture itself to see what was found.")
    missing: Literal["leave out", "empty"] = setting(
        "leave out", label="Without a face", help="Leave such pictures out, or keep an empty drawing."
    )

    @property
    def words(self) -> str:
        return f"Face as a net, {self.lines} on {_background_words(self.on)}"

    def apply(self, picture: Image.Image) -> Image.Image:
        meshes = _or_left_out(detect.meshes(picture), self.missing, "no face found")
        return detect.draw_meshes(meshes, picture.size, _background(picture, self.on), self.lines)


class Hands(Step):
    title = "Hands as lines"
    says = "Draws the bones of each hand, every finger in its own colours."
    library = f"{detect.LIBRARY} hands"
    group = "people"
    looks = True

    on: Background = setting("black", label="Drawn on", help="Black for pairs; the picture itself to see what was found.")
    missing: Literal["leave out", "empty"] = setting(
        "leave out", label="Without a hand", help="Leave such pictures out, or keep an empty drawing."
    )

    @property
    def words(self) -> str:
        return f"Hands as lines on {_background_words(self.on)}"

    def apply(self, picture: Image.Image) -> Image.Image:
        hands = _or_left_out(detect.hands(picture), self.missing, "no hand found")
        return detect.draw_hands(hands, picture.size, _background(picture, self.on))


class Pose(Step):
    title = "Body as a skeleton"
    says = "Draws the skeleton of the person who stands out most, each limb in its own colour as in OpenPose."
    library = f"{detect.LIBRARY} pose (BlazePose)"
    group = "people"
    looks = True

    hands: bool = setting(False, label="Hands too", help="Adds the bones of the hands where they are seen.")
    face: bool = setting(False, label="Face too", help="Adds the contours of the face where it is seen.")
    on: Background = setting("black", label="Drawn on", help="Black for pairs; the picture itself to see what was found.")
    missing: Literal["leave out", "empty"] = setting(
        "leave out", label="Without a body", help="Leave such pictures out, or keep an empty drawing."
    )

    @property
    def words(self) -> str:
        more = "".join(f", {name}" for name in ("hands", "face") if getattr(self, name))
        return f"Body as a skeleton{more} on {_background_words(self.on)}"

    def apply(self, picture: Image.Image) -> Image.Image:
        body = detect.body(picture)
        bodies = _or_left_out([body] if body else [], self.missing, "no body found")
        drawn = detect.draw_body(bodies, picture.size, _background(picture, self.on))
        if self.face:
            drawn = detect.draw_meshes(detect.meshes(picture), picture.size, drawn, "contours")
        return detect.draw_hands(detect.hands(picture), picture.size, drawn) if self.hands else drawn


# --- how it is done ---------------------------------------------------------------------------------------------------------

def _without(missing: str) -> str:
    return "others left out" if missing == "leave out" else "others from the middle"


def _background_words(on: Background) -> str:
    return "the picture" if on == "picture" else on


def _background(picture: Image.Image, on: Background) -> Image.Image:
    return picture if on == "picture" else Image.new("RGB", picture.size, on)


def _or_left_out(shapes: list, missing: str, why: str) -> list:
    if not shapes and missing == "leave out":
        raise LeftOut(why)
    return shapes


def _faces(picture: Image.Image, sure: float = detect.SURE) -> list[detect.Face]:
    """All faces, largest first; where none is seen at once, it looks more closely."""
    return detect.faces(picture, sure) or detect.faces(picture, sure, closely=True)


def _square_inside(x: float, y: float, side: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A square about (x, y), in pixels, moved and made smaller until it lies in the picture: (left, top, right, bottom)."""
    side = max(1, min(round(side), *size))
    left = min(max(round(x - side / 2), 0), size[0] - side)
    top = min(max(round(y - side / 2), 0), size[1] - side)
    return left, top, left + side, top + side


def _inside(corners: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top = max(0, round(corners[0])), max(0, round(corners[1]))
    return left, top, max(left + 1, min(size[0], round(corners[2]))), max(top + 1, min(size[1], round(corners[3])))


def _person_box(picture: Image.Image, by: str) -> detect.Box | None:
    """Around the person, None where there is nobody."""
    body = detect.body(picture)
    if body is None and not detect.faces(picture):
        return None
    outlined = None if by == "skeleton" else _outline_box(detect.person_mask(picture) > 0.5)
    return outlined or (_with_head(body) if body else None)


def _outline_box(mask: np.ndarray) -> detect.Box | None:
    """Around the largest part of a mask, so around one of several people who do not touch."""
    import cv2

    count, _, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return None
    largest = facts[1:][facts[1:, cv2.CC_STAT_AREA].argmax()]
    height, width = mask.shape
    return detect.Box(*(float(value) for value in largest[:4] / np.array([width, height, width, height])))


def _with_head(body: detect.Body) -> detect.Box:
    """The box of a skeleton ends at the eyes: above them it gets as much as from the nose to the shoulders."""
    box = body.box()
    shoulders = (body.at("left_shoulder")[1] + body.at("right_shoulder")[1]) / 2
    above = max(shoulders - body.at("nose")[1], 0.0)
    top = max(min(box.y, body.at("nose")[1] - above), 0.0)
    return detect.Box(box.x, top, box.w, box.y + box.h - top)


def _eyes_and_mouth(picture: Image.Image) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Right eye, left eye and mouth of the largest face, in pixels: from its mesh, or from the detector's six points."""
    size = np.array(picture.size, np.float64)
    faces = _faces(picture)
    meshes = detect.meshes(picture, faces[:1])
    if meshes:
        points = meshes[0].points[:, :2] * size
        return tuple(points[part].mean(axis=0) for part in (_RIGHT_EYE, _LEFT_EYE, _MOUTH_CORNERS))
    if faces:
        return tuple(np.array(faces[0].points[name]) * size for name in ("right_eye", "left_eye", "mouth"))
    return None


def _aligned(picture: Image.Image, right: np.ndarray, left: np.ndarray, mouth: np.ndarray, apart: float) -> Image.Image:
    """A square in which the eyes lie level, `apart` of its width from each other, a tenth of the way to the mouth above its
    middle. In FFHQ the side is the larger of 4 times the eyes' distance and 3.6 times that from eyes to mouth, which keeps
    faces turned aside from growing; for other distances both grow alike.

    What lies outside the picture is its mirror image, blurred, as in FFHQ.
    """
    import cv2

    eyes = (right + left) / 2
    across, down = left - right, mouth - eyes
    side = max(np.hypot(*across), 0.9 * np.hypot(*down)) / apart
    turn = across / max(np.hypot(*across), 1e-6)  # the direction that becomes level
    middle = eyes + 0.1 * np.hypot(*down) * np.array([-turn[1], turn[0]])
    pixels = max(16, round(float(side)))
    refuse_larger(pixels, pixels)
    scale = pixels / side
    turned = scale * np.array([[turn[0], turn[1]], [-turn[1], turn[0]]])
    to_square = np.column_stack([turned, pixels / 2 - turned @ middle])
    source = np.asarray(picture)
    seen = cv2.warpAffine(source, to_square, (pixels, pixels), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    inside = cv2.warpAffine(np.full(source.shape[:2], 255, np.uint8), to_square, (pixels, pixels))
    return Image.fromarray(_blurred_outside(seen, inside))


def _blurred_outside(seen: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The mirrored part is blurred, the more the farther it lies from the picture."""
    import cv2

    if inside.min() == 255:
        return seen
    away = cv2.distanceTransform((inside < 255).astype(np.uint8), cv2.DIST_L2, 5) / len(seen)
    share = np.clip(away * 8, 0, 1)[..., None]
    blurred = cv2.GaussianBlur(seen, (0, 0), len(seen) * 0.02)
    return np.round(seen * (1 - share) + blurred * share).astype(np.uint8)


STEPS = (CropFace, CutFaces, AlignFace, CropPerson, FaceMesh, Hands, Pose)
