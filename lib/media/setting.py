"""What a person reads beside a choice, kept in the field itself: the forms on the pages are built from it. Read `setting`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field


def setting(default: Any, *, label: str, help: str, level: Literal["basic", "expert"] = "basic",
            options: tuple[float, ...] = (), format: Literal["", "colour"] = "", **bounds: Any) -> Any:
    """One field of a model's Settings, of its CONTROLS, or of a step of a recipe.

    label: two or three words.   help: one sentence, which value to choose when.   level: experts see both, others "basic".
    options: the numbers to choose from, where only some make sense.   format: "colour" for one that is picked from a patch.
    bounds: pydantic's own, such as ge=, le=, gt=, lt=, multiple_of=, max_length=.
    """
    extra = {"level": level, **({"options": list(options)} if options else {}), **({"format": format} if format else {})}
    return Field(default, title=label, description=help, json_schema_extra=extra, **bounds)
