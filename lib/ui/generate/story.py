"""Where an output came from: the run, the dataset, the people, the seed; and the way to make it again. Read `open_if_asked`."""

from __future__ import annotations

import streamlit as st

from lib import generate, models
from lib.errors import UserError
from lib.media.curves import is_plain
from lib.project import Project, outputs
from lib.project.outputs import Output
from lib.ui.generate import cells, learned, rewrite
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import media_player, picture_grid, show, sound_player


def open_if_asked(project: Project) -> None:
    """Shows the story of the output that somebody pressed Story at."""
    name = st.session_state.pop(cells.STORY, "")
    if name:
        with show.errors():
            _dialog(project, outputs.get(project, name))


@st.dialog("Where it came from", width="medium")
def _dialog(project: Project, output: Output) -> None:
    story = output.provenance()
    left, right = st.columns([2, 3], gap="medium")
    with left:
        if media_player.can_play(output.path):
            media_player.play(output.path, lambda: sound_player.of_output(project, output), "story")
        else:
            film = output.path.suffix == ".mp4"
            seen = picture_grid.Picture("it", addresses.output(project, output), f"Made from seed {story.get('seed')}", film=film)
            picture_grid.grid([seen], key="story", columns=1, size=600, click="", fit="natural")
        st.download_button("Download it", output.path.read_bytes, output.path.name, icon=":material/download:", on_click="ignore")
    with right:
        told = generate.rewritten(output)
        st.markdown("  \n".join([*lines(story), *([rewrite.story_line(told)] if told else [])]))
        if told:
            with st.expander("What the hand changed"):
                st.markdown(rewrite.marked(told.changes))
        _examples(project, story)
        if story.get("base"):
            learned.nearest_to(output, story["base"], "story")
        _links(project, story)
        with st.expander("The whole record"):
            st.json(story)
        _again(project, story)


def _examples(project: Project, story: dict) -> None:
    """Some of the datapoints that it learned from."""
    items = generate.examples(project, story)
    if items:
        picture_grid.grid(
            [picture_grid.Picture(item.id, addresses.thumbnail(project, item), f"Number {item.number}, which it learned from") for item in items],
            key="story.learned-from", columns=6, size=56, fit="cover",
        )  # fmt: skip
        st.markdown(f":small[{examples_words(len(items), story.get('datapoints', 0))}]")


def examples_words(shown: int, of: int) -> str:
    """"It learned from these and 168 more."."""
    return f"It learned from these and {of - shown:,} more." if of > shown else "It learned from these."


def lines(story: dict) -> list[str]:
    """The story in plain words, a line each."""
    walk = story.get("to_seed") is not None
    seeds = f"seed {story.get('seed')} to seed {story['to_seed']}" if walk else f"seed {story.get('seed')}"
    controls = [f"{show.plain(label)} {value:g}" if isinstance(value, float) else f"{show.plain(label)} {value}"
                for label, value in _named(story, "controls")]  # fmt: skip
    given = [f"**{show.plain(label)}** {show.plain(input_words(value))}" for label, value in _named(story, "inputs")]
    along = [one["dataset"] for given in (story.get("inputs") or {}).values() if isinstance(given, list) for one in given if one.get("dataset")]
    dataset = [f"**Dataset** {show.plain(', '.join([story['dataset'], *along]))}"] if story.get("dataset") else []
    return [
        f"**Made from** {', '.join([seeds, *controls])}",
        *given,
        f"**Learned from** {data_words(story)}",
        *dataset,
        f"**Made** {show.when(story.get('made', ''))}{', stopped before it was whole' if story.get('stopped') else ''}",
    ]


def input_words(given: object) -> str:
    """What the model was given: a text, a file by its name, curves by theirs, or others that played along."""
    if isinstance(given, list):
        return ", ".join(f"{one.get('run') or one.get('name') or 'a file'} × {one['strength']:g}" for one in given)
    if not isinstance(given, dict):
        return f"“{given}”"
    if is_plain(given):
        points = sum(map(len, given["lines"].values()))
        return f"{', '.join(name.replace('_', ' ') for name in given['lines'])} over {given['seconds']:g} s, {show.several(points, 'point')}"
    return "a datapoint of this project" if given.get("item") else given.get("name") or "a file"


def data_words(story: dict) -> str:
    """"180 datapoints by 3 people: R., Mila, 1 who is not named"; of a base, what it was trained on."""
    if base := story.get("base"):
        return _origin_words(base)
    people = story.get("people", [])
    named = [show.plain(person["credit"]) for person in people if person.get("credit")]
    unnamed = len(people) - len(named)
    if unnamed and named:
        named.append(f"{unnamed} who {'is' if unnamed == 1 else 'are'} not named")
    count = show.several(story["datapoints"], "datapoint") if "datapoints" in story else "datapoints"
    if not people:
        return count
    by = f"{count} by {show.several(len(people), 'person', 'people')}"
    return f"{by}: {', '.join(named)}" if named else f"{by} who {'is' if len(people) == 1 else 'are'} not named"


def _origin_words(base: str) -> str:
    try:
        origin = models.card(base).base
    except UserError:
        origin = None
    return f"nothing of this project: it is {origin.title} by {origin.whose}. {origin.data}" if origin else "nothing of this project"


def _named(story: dict, part: str) -> list[tuple[str, object]]:
    """The controls or the inputs by what they are called on the page."""
    try:
        fields = models.controls_class(story["model"]).model_fields
    except (UserError, KeyError):
        fields = {}
    return [(fields[name].title if name in fields else name, value) for name, value in (story.get(part) or {}).items()]


def _links(project: Project, story: dict) -> None:
    if not story["run"]:
        if story["model"] in learned.bases():
            navigation.link("play/learned.py", project, "All that it learned from", icon=":material/grid_view:", base=story["model"])
        return
    with st.container(horizontal=True):
        navigation.link("train/run.py", project, "The run", icon=":material/model_training:", run=story["run"])
        navigation.link("make/augment.py", project, "The dataset", icon=":material/crop_rotate:", dataset=story.get("dataset", ""))


def _again(project: Project, story: dict) -> None:
    if st.button("Make it again", icon=":material/replay:", help="With the same seed and the same controls."):
        with show.errors():
            generate.ask_again(project, story)
            st.rerun()
