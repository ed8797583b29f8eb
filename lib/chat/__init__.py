"""Chatting with one's own papers: an answer whose every sentence can be looked up, or that it is not there.

    chat.add_documents(project, ["diary.md", "letters.pdf"], consent=mine)     # mine: with the purpose "retrieve"
    answer = chat.ask(project, "What did I write about rain?")
    for sentence, passage in answer.sentences: …                               # passage is None where it is not in the documents

Start at answering.py (`ask`), then chain.py: the way from a question to an answer.
"""

from lib.chat.adding import add_documents
from lib.chat.answering import Answer, ask, stream
from lib.chat.documents import every as list_documents
from lib.chat.finding import find
from lib.chat.index import choose, compare, settings, update
from lib.chat.ollama import pull
from lib.chat.service import measure

__all__ = ["Answer", "add_documents", "ask", "choose", "compare", "find", "list_documents", "measure", "pull", "settings", "stream", "update"]
