"""As the letters play."""

from tests.models.tiny_models.letters.generate import load, play  # noqa: F401
