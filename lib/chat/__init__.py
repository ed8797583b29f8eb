"""Chatting with one's own papers: an answer whose every sentence can be looked up, or that it is not there.

    chat.add_documents(project, ["diary.md", "letters.pdf"], consent=mine)     # mine: with the purpose "retrieve"
    answer = chat.ask(project, "What did I write about rain?")
    for sentence, passage in answer.sentences: …                               # passage is None where it is not in the documents

Start at answering.py (`ask`), then chain.py: the way from a question to an answer.
"""

import os

# LangChain tells a service of its makers what it does, where these say so; Transformers counts its users. Never from here.
os.environ |= {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false", "HF_HUB_DISABLE_TELEMETRY": "1"}

from lib.chat.adding import add_documents
from lib.chat.answering import Answer, ask, stream
from lib.chat.documents import every as list_documents
from lib.chat.finding import find
from lib.chat.index import choose, compare, settings, update
from lib.chat.ollama import pull
from lib.chat.scans import read_letters
from lib.chat.service import measure

__all__ = ["Answer", "add_documents", "ask", "choose", "compare", "find", "list_documents", "measure", "pull", "read_letters", "settings", "stream", "update"]
