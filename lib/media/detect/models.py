"""MediaPipe's models, lent out one at a time and without their chatter. Read `lent` first. Whose they are: lib/media/weights.py.

MediaPipe 0.10.21 carries all that is used here in its own package: nothing is downloaded, nothing is sent. An instance may serve
one thread at a time, so idle ones wait in a pool: threads that work at once get one each (on two cores twice as quick as one
instance behind a lock, 18 instead of 34 ms a pose), threads that take turns share one (a pose takes 110 MB, a face 5 MB).
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from lib.errors import UserError
from lib.media import weights

LIBRARY = "MediaPipe 0.10.21"
_IDLE_AT_MOST = max(1, os.cpu_count() or 1)
# What MediaPipe, TensorFlow Lite and EGL tell developers on stderr, whatever the log level that one asks for.
_CHATTER = re.compile(
    rb"^(WARNING: All log messages before absl::|INFO: Created TensorFlow Lite|[IWE]\d{4} \d\d[:.\d]+|[IWE]0000 00:00:).*"
)

_idle: dict[str, list] = defaultdict(list)
_said_all: set[str] = {"near", "far", "person"}  # those that say everything at their first look
_used = _forked = False
_pool = threading.Lock()
_stderr = threading.Lock()


def _near() -> object:
    from mediapipe.python.solutions.face_detection import FaceDetection

    return FaceDetection(min_detection_confidence=0.5, model_selection=0)


def _far() -> object:
    from mediapipe.python.solutions.face_detection import FaceDetection

    return FaceDetection(min_detection_confidence=0.5, model_selection=1)


def _mesh() -> object:
    from mediapipe.python.solutions.face_mesh import FaceMesh

    return FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3)


def _hands() -> object:
    from mediapipe.python.solutions.hands import Hands

    return Hands(static_image_mode=True, max_num_hands=8, model_complexity=1, min_detection_confidence=0.5)


def _pose() -> object:
    from mediapipe.python.solutions.pose import Pose

    # The lite (0) and heavy (2) models are not in the package: MediaPipe would download them. Only 1 is ours.
    return Pose(static_image_mode=True, model_complexity=1, min_detection_confidence=0.5)


def _person() -> object:
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation

    return SelfieSegmentation(model_selection=0)


_MAKERS: dict[str, Callable[[], Any]] = {
    "near": _near, "far": _far, "mesh": _mesh, "hands": _hands, "pose": _pose, "person": _person,
}  # fmt: skip


@contextmanager
def lent(kind: str) -> Iterator[Callable]:
    """Lends the function that looks at one picture (uint8 RGB, (h, w, 3)) with a model: "near", "far", "mesh", ….

    The first loan of a kind takes some tens of milliseconds more. One that fails is not lent again. Raises UserError where it
    is not in the package, and in a process forked from one that has used them.
    """
    global _used
    if _forked:
        raise UserError(
            "Faces, hands and bodies cannot be looked for in a forked process.",
            "The process that it was forked from had looked for some already, and MediaPipe does not survive that.",
            'Use threads, or start processes with multiprocessing.get_context("spawn").',
        )
    _used = True
    with _pool:
        model = _idle[kind].pop() if _idle[kind] else None
    if model is None:
        weights.need(f"mediapipe-{kind}")  # MediaPipe would go to the web for what is not in its package
        with _without_chatter():
            model = _MAKERS[kind]()
            model.process(_blank())  # the first look loads the model, and says so
    yield model.process if kind in _said_all else partial(_first_find, kind, model.process)
    with _pool:
        if len(_idle[kind]) < _IDLE_AT_MOST:
            _idle[kind].append(model)


def _first_find(kind: str, look: Callable, seen: object) -> object:
    """Looks quietly until something was found once: only then have all parts of a model said what they say."""
    with _without_chatter():
        result = look(seen)
    if any(getattr(result, name, None) for name in ("multi_face_landmarks", "multi_hand_landmarks", "pose_landmarks")):
        _said_all.add(kind)
    return result


def forget() -> None:
    """Lets all idle models go, to free their memory."""
    with _pool:
        _idle.clear()


def _after_fork() -> None:
    """A forked process has MediaPipe's locks but not its threads: looking at a picture there would wait for ever."""
    global _forked, _pool, _stderr
    _forked = _forked or _used
    _pool, _stderr = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _blank() -> object:
    import numpy as np

    return np.zeros((64, 64, 3), np.uint8)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Catches what is written to stderr for a moment, and passes on all but the models' chatter."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _stderr, tempfile.TemporaryFile() as caught:
        sys.stderr.flush()
        before = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            caught.seek(0)
            for line in caught.read().splitlines(keepends=True):
                if not _CHATTER.match(line):
                    os.write(before, line)
            os.close(before)
