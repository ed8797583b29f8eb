"""Three models that only the tests know, the smallest of their kind: picture to picture, text to text, sound to sound."""

TINY_MODELS = {
    "recolour": "tests.models.tiny_models.recolour",
    "letters": "tests.models.tiny_models.letters",
    "filter": "tests.models.tiny_models.filter",
}
