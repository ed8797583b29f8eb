"""Covers tests/nursery.py where it has kept a whole suite waiting."""

import os
import socket
import subprocess
import sys

import pytest

from tests.nursery import FOLDER, forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="without forks there is no nursery")
@pytest.mark.parametrize("sent", [b"", b'{"words": ["-m", "lib.err'])
def test_an_order_that_is_broken_off_in_the_middle_keeps_nobody_waiting(nursery, sent):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.path.join(os.environ[FOLDER], "socket"))
        if sent:
            socket.send_fds(line, [sent], [0, 1, 2])
    with forks():
        assert subprocess.run([sys.executable, "-m", "lib.errors"], timeout=60).returncode == 0
