"""The server: Streamlit's own, with our few routes beside the pages and one host check in front of both.

    python serve.py --server.port 8501

start.py starts it.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

import lib.ui.home.cards  # noqa: F401  what every page needs, read before the first one is asked for
from lib import jobs
from lib.project.folder import workspace
from lib.ui.http import host_guard, routes, served, small_pictures
from lib.ui.shell import streamlit_patches, streamlit_savings

# A folder called pages/ beside the entry script wakes Streamlit's older way of finding pages, which would answer the
# first deep link of a fresh server (/train) with "Page not found". Our pages are named in lib/ui/shell/navigation.py.
PagesManager.uses_pages_directory = False
# Streamlit would ask a machine elsewhere for the address of this one. Nothing is asked of anybody.
net_util.get_external_ip = lambda: None
streamlit_patches.keep()
streamlit_savings.keep()

app = App(Path(__file__).with_name("Home.py"), routes=routes.ROUTES, middleware=[Middleware(host_guard.HostGuard), Middleware(small_pictures.SmallPictures)])

if __name__ == "__main__":
    served.by_us = True
    gc.freeze()                             # what is imported by now stays: looking for garbage passes it over
    jobs.ensure_dispatcher(workspace())     # whatever waits since this computer was off goes on
    app.run(config=dict(zip([word.removeprefix("--") for word in sys.argv[1::2]], sys.argv[2::2], strict=True)))
