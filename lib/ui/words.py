"""The longer words of the first page, so that Home.py reads as a page. Read them aloud before changing them.

`plain` is for words that come from people: shown as they are, never as a link, a picture or a command of markdown.
"""

import re


def plain(words: str) -> str:
    """Words of a person (a name, a caption) for st.markdown: every mark that could mean something is escaped."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(words.split()))


WHAT = """
Handmade is a workbench for people who make small datasets themselves and train their own models on them.
You gather pictures, sounds or texts, with the consent of the people behind them. You describe them one by one,
prepare them, and train a model on nothing else. Then you play with what it has learned.
It all happens on this computer; nothing is uploaded.
"""

COMING = """
**Collect** takes in files, folders, stills of a film and drawings, and asks whose they are.

**Label** shows one picture after the other, as big as the screen allows, for a caption or a tag.

**Augment** cuts, turns and mirrors, and shows what the model will see.

**Train** says how long it takes before it starts, and grows a grid of samples while it runs.

**Play** makes new pictures, and leads from each of them back to the people whose work is in it.
"""

TEN_LINES = """
from lib.project import Consent, Project
from lib import augment, collect, generate, train

project = Project.create("Tulips")
mine    = Consent(state="given", purposes=["train", "show"])
collect.add_files(project, "assets/samples/tulips", consent=mine)
recipe  = augment.Recipe([augment.CropSquare(), augment.Resize(64)])
dataset = augment.build(project, recipe, name="tulips-64")
run     = train.start(project, "gan", dataset)
run.wait()
outputs = generate.images(project, run, count=16, seed=0)
""".strip()
