"""Ollama, as its HTTP API is documented, spoken by a small server here: no real Ollama was there to try this with."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from lib import chat
from lib.chat import index, ollama, speakers
from lib.errors import UserError
from lib.media import ollama_server

MODELS = {
    "llama3.2:3b": {"size": 2_000_000_000, "can": ["completion"]},
    "nomic-embed-text:latest": {"size": 270_000_000, "can": ["embedding"]},
    "huge:cloud": {"size": 384, "can": ["completion"]},
}


class SmallOllama:
    """says: the pieces of an answer. breaks: after them an error in the stream ("error"), or the connection is gone ("gone").
    asked: [(path, what was sent)]."""

    def __init__(self):
        self.says, self.breaks, self.asked, self.pulls = ["Hello", " there."], "", [], []
        small = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                small.asked.append((self.path, {}))
                self.whole({"models": [{"model": name, "name": name, "size": facts["size"]} for name, facts in MODELS.items()]})

            def do_POST(self):
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                small.asked.append((self.path, sent))
                name = sent.get("model") or sent.get("name")
                if self.path == "/api/pull":
                    self.lines(small.pulls)
                elif name not in MODELS:
                    self.whole({"error": f"model '{name}' not found"}, 404)
                elif self.path == "/api/show":
                    self.whole({"capabilities": MODELS[name]["can"], "model_info": {"nomic-bert.context_length": 2048}})
                elif self.path == "/api/embed":
                    self.whole({"embeddings": [[3.0, 4.0, float(len(text))] for text in sent["input"]]})
                elif self.path == "/api/chat":
                    ends = [{"model": name, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}]
                    ends = [{"error": "the model ran out of memory"}] if small.breaks == "error" else ends
                    self.lines([{"model": name, "message": {"role": "assistant", "content": piece}, "done": False} for piece in small.says] + ends)

            def whole(self, answer, status=200):
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def lines(self, answers):
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                if small.breaks == "gone":
                    answers = answers[:-1]
                for answer in answers:
                    line = json.dumps(answer).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                if small.breaks == "gone":
                    self.close_connection = True    # without the last chunk: it went away in the middle
                else:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server(monkeypatch):
    small = SmallOllama()
    monkeypatch.setenv("OLLAMA_HOST", small.address)
    yield small
    small.close()


def test_its_models_are_listed_with_what_they_can_and_none_of_its_cloud(server):
    assert [(model.name, model.size) for model in ollama.speaking()] == [("llama3.2:3b", 2_000_000_000)]
    assert [model.name for model in ollama.embedding()] == ["nomic-embed-text:latest"]


def test_where_there_is_none_nothing_breaks(server):
    server.close()
    assert ollama.speaking() is None and ollama.embedding() == []


def test_an_answer_comes_in_pieces_and_the_context_is_as_long_as_it_needs(server, papers):
    server.says = ["Grandmother stayed in", " and wrote a letter to Ana."]
    pieces = [event.text for event in chat.stream(papers, "What did grandmother do?", speaker="ollama:llama3.2:3b", threshold=0.0) if hasattr(event, "_fields") and hasattr(event, "text")]
    assert pieces == server.says
    [sent] = [sent for path, sent in server.asked if path == "/api/chat"]
    assert sent["stream"] and sent["options"]["num_ctx"] >= 2048 and sent["options"]["num_predict"] > 0 and "letter to Ana" in str(sent["messages"])


@pytest.mark.parametrize("breaks", ["error", "gone"])
def test_a_server_that_dies_in_the_middle_leaves_the_half_answer(server, papers, breaks):
    server.says, server.breaks = ["Grandmother stayed in and wrote a letter to Ana."], breaks
    answer = chat.ask(papers, "What did grandmother do?", speaker="ollama:llama3.2:3b", threshold=0.0)
    assert answer.text.startswith("Grandmother stayed in") and "in the middle" in answer.half


def test_a_conversation_keeps_the_half_answer_and_says_that_it_is_one(server, papers, monkeypatch):
    from lib.chat import conversations, service
    from lib.player import client
    from lib.player.order_store import FINISHED, OrderStore
    from lib.player.order_worker import OrderWorker

    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    server.says, server.breaks = ["Grandmother stayed in", " and wrote a letter to Ana."], "gone"
    where, _ = service.order(papers, "What did grandmother do?", speaker="ollama:llama3.2:3b", threshold=0.0, documents_only=False)
    assert OrderWorker(papers.home).serve(OrderStore(papers.home).open_orders()[0]).state == FINISHED
    [turn] = conversations.get(papers, where).turns
    assert turn.answer["text"] == "Grandmother stayed in and wrote a letter to Ana." and turn.answer["half"] == "llama3.2:3b stopped answering in the middle."


def test_whether_it_is_there_is_seen_without_asking_it_anything(server, monkeypatch):
    assert ollama_server.is_there() and server.asked == []
    server.close()
    assert not ollama_server.is_there()
    monkeypatch.setenv("OLLAMA_HOST", "http://example.org:11434")
    assert not ollama_server.is_there()


def test_a_model_that_is_not_there_or_not_here_is_said(server, papers):
    with pytest.raises(UserError, match="does not answer"):
        chat.ask(papers, "What did grandmother do?", speaker="ollama:nobody", threshold=0.0)
    with pytest.raises(UserError, match="does not run on this computer"):
        chat.ask(papers, "What did grandmother do?", speaker="ollama:huge:cloud", threshold=0.0)
    with pytest.raises(UserError, match="no model nobody"):
        ollama.OllamaEmbedder("nobody")


def test_an_ollama_elsewhere_is_not_spoken_to(server, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "http://example.org:11434")
    assert ollama.speaking() is None
    with pytest.raises(UserError, match="another computer"):
        speakers.chat_model(speakers.find("ollama:llama3.2:3b"), 0.0, 0, 100)


def test_pulling_shows_how_far_it_is_and_can_be_stopped(server, project):
    server.pulls = [
        {"status": "pulling manifest"}, {"status": "pulling a", "digest": "a", "total": 100, "completed": 40},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 100}, {"status": "pulling b", "digest": "b", "total": 50, "completed": 50},
        {"status": "success"},
    ]  # fmt: skip
    seen = []
    assert chat.pull(project, "llama3.2:3b", progress=lambda done, total: seen.append((done, total))) == {"model": "llama3.2:3b"}
    assert seen == [(40, 100), (100, 100), (150, 150)]
    assert chat.pull(project, "llama3.2:3b", should_stop=lambda: True) is None
    server.pulls = [{"status": "pulling a", "digest": "a", "total": 100, "completed": 40}, {"error": "unexpected EOF"}]
    with pytest.raises(UserError, match="does not answer"):
        chat.pull(project, "llama3.2:3b")
    server.pulls = [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
    with pytest.raises(UserError, match="does not answer|no model"):
        chat.pull(project, "nobody")


def test_its_embedder_gives_rows_of_length_one_and_says_what_it_reads(server):
    one = ollama.OllamaEmbedder("nomic-embed-text:latest")
    rows = one.embed(["a", "bb"])
    assert one.reads == 2048 and one.length == 3 and np.allclose(np.linalg.norm(rows, axis=1), 1)
    [sent] = [sent for path, sent in server.asked if path == "/api/embed" and sent["input"] == ["a", "bb"]]
    assert sent["truncate"] is False


def test_another_embedder_is_noticed_and_everything_read_anew(server, papers):
    chat.choose(papers, embedder="ollama:nomic-embed-text:latest")
    assert "does not understand" in chat.compare(papers).anew
    chat.update(papers)
    assert index.read(papers).vectors.shape[1] == 3
