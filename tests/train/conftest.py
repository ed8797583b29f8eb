"""Shared by the tests of training: a project with a small frozen dataset of real digits."""

from __future__ import annotations

import pytest

from lib import augment, collect
from lib.project import Consent
from tests.project.test_datasets import draw_digits


@pytest.fixture
def dataset(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 24), consent=Consent(state="given", purposes=["train"]))
    return augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
