"""The chain as a notebook (nbformat 4.5), so that a student can run it step by step. Read `as_notebook`."""

from __future__ import annotations

import json
from typing import Any

_INTRODUCTION = """# From a question to an answer, step by step

What the page Chat does with one question. Run it with Handmade's own Python (`.venv/bin/python -m jupyter lab`, once jupyter is installed
there), in the folder of Handmade. Nothing leaves this computer."""


def as_notebook(home: str, project: str, question: str, how: dict[str, Any] | None = None) -> str:
    """home: the workspace. project: the folder's name. how: speaker, top_k, persona, seed, as they were asked with."""
    how = how or {}
    top, speaker, persona, seed = how.get("top_k", 5), how.get("speaker", "smollm2"), how.get("persona"), how.get("seed", 0)
    cells = [
        _words(_INTRODUCTION),
        _code(f"from pathlib import Path\n\nfrom lib import chat\nfrom lib.project import Project\n\nproject = Project.open(Path({home!r}) / {project!r})\nquestion = {question!r}"),
        _words("## 1. Find\n\nThe passages that fit: by words (BM25) and by meaning (vectors), put together by reciprocal rank."),
        _code(f"found = chat.find(project, question, top_k={top})\nfor one in found:\n    print(f'{{one.score:.2f}}  {{one.source}}  words: {{one.by_words}}  meaning: {{one.by_meaning}}')\n    print('     ', one.text[:200].replace(chr(10), ' '))"),
        _words("## 2. Fence\n\nWhat of them a model is given: as many sentences as it has room for, none that gives orders."),
        _code(f"from lib.chat import chain, personas, speakers\n\nspeaker = speakers.find({speaker!r})\npersona = personas.get(project, {persona!r})\ngiven = chain.fence(found, speaker, question, persona)\nfor one in given:\n    print(f'[{{one.number}}] {{one.words}}  ({{one.left_out}} sentences left out)')"),
        _words("## 3. Prompt\n\nThe very words that the model reads."),
        _code("messages = chain.messages(question, given, persona, speaker)\nfor role, words in messages:\n    print(f'--- {role}\\n{words}\\n')"),
        _words("## 4. Model\n\nIt writes, token by token."),
        _code(f"model = speakers.chat_model(speaker, persona.temperature, {seed!r}, chain.need(speaker, messages))\nfor chunk in model.stream(messages):\n    print(chunk.content, end='', flush=True)"),
        _words("## All of it as one chain of LangChain\n\n`lib/chat/chain.py` is this, and nothing else."),
        _code(f"steps = chain.chain(project, speaker, persona, top_k={top})\nresult = steps.invoke({{'question': question}})\nprint(result['words'])"),
        _words("## And checked\n\nEach sentence is tied to the passage that it can be had from by leaving words out (`lib/chat/shortening.py`), or marked. What stands there in part shows which words do not."),
        _code(f"answer = chat.ask(project, question, speaker={speaker!r}, top_k={top}, documents_only=False)\nfor tied, (sentence, passage) in zip(answer.ties, answer.sentences):\n    missing = [sentence[span.start : span.end] for span in tied.partly.missing] if tied.partly else []\n    print(f'{{sentence}}  [{{passage.source if passage else f\"partly, without {{missing}}\" if tied.partly else \"not found in your documents\"}}]')"),
    ]  # fmt: skip
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}, indent=1, ensure_ascii=False)


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
