"""Playing a trained model: what it makes becomes outputs, each with the way back to the data.

outputs = generate.images(project, run, count=16, seed=0)
"""

from lib.generate.pictures import images

__all__ = ["images"]
