"""Finding people in pictures, and drawing what was found. Offline: MediaPipe carries its models.

    for face in detect.faces(picture):        # boxes with score and six points
        print(face.box, face.points["nose"])
    detect.meshes, detect.hands, detect.body, detect.person_mask
    detect.draw_body([detect.body(picture)], picture.size)

finding.py looks, found.py is what it finds, drawing.py draws it, models.py holds the models. Heavy packages are imported
inside the functions only.
"""

from lib.media.detect.drawing import draw_body, draw_hands, draw_meshes
from lib.media.detect.finding import SURE, body, faces, hands, meshes, person_mask
from lib.media.detect.found import BODY, Body, Box, Face, Hand, Mesh, around
from lib.media.detect.models import LIBRARY, forget

__all__ = [
    "BODY", "LIBRARY", "SURE", "Body", "Box", "Face", "Hand", "Mesh", "around", "body", "draw_body", "draw_hands", "draw_meshes",
    "faces", "forget", "hands", "meshes", "person_mask",
]  # fmt: skip
