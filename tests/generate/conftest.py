"""The trained project that the tests of playing share."""

from tests.player.conftest import played  # noqa: F401 - a fixture
