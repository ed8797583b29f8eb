"""The small pictures of datapoints, answered before anything else is asked: a page shows sixty of them, to each of a class.

Only those that lie ready, on a disk of this computer, and to which nobody said no. All others go the way of the routes
(routes.py), in a thread of their own, and the answer is the same. Read `SmallPictures`.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lib.errors import UserError
from lib.project import consent, thumbnails
from lib.ui.http import host_guard, routes
from lib.ui.shell import workspace

_ADDRESS = re.compile(r"/files/([^/]+)/thumbnails/([^/]+)/(\d{1,4})")


class SmallPictures:
    """Stands in front of the routes, behind the HostGuard (ASGI middleware)."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        answer = ready(asked[1], asked[2], asked[3], Headers(scope=scope)) if asked else None
        await (answer or self.app)(scope, receive, send)


def ready(folder: str, item: str, size: str, headers: Headers) -> Response | None:
    """None where there is anything to work out."""
    if host_guard.is_embedded_elsewhere(headers):
        return None
    try:
        project = workspace.open_project(folder)
        survey = consent.known_survey(project) if project.database.journal == "WAL" else None   # else to ask may be to wait
        if survey is None or survey.says_no(item):
            return None
        path = thumbnails.place_of(project, Path(survey.entries[item].file).stem, int(size))
        return routes.unless_unchanged(routes.file_answer(path, routes.FOREVER), headers)
    except (UserError, OSError):
        return None
