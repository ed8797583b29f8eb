// Carries questions and entries to the server (lib/ui/http/label_api.py) and brings back its answers. Read `ask`.

const PATIENCE = { question: 10_000, entries: 30_000 };     // ms; a question asked while the network changed may never be answered

class Carrier {
  update(data) {
    this.files = data.files;
    this.reader = data.reader || "";
  }

  // asked: {list: "labelled=no"}, {rows: [ids]}, {number: 12} or {entries: […]}. Resolves to the answer, or throws.
  async ask(asked, leaving = false) {
    const where = `${this.files}/labels`, reader = asked.reader ?? this.reader, as = reader && "reader=" + encodeURIComponent(reader);
    const body = asked.entries && JSON.stringify(asked.entries);
    const answer = body
      ? await fetch(as ? `${where}?${as}` : where, { method: "POST", body, headers: { "X-Handmade": "1", "Content-Type": "application/json" }, keepalive: leaving && body.length < 60_000, signal: AbortSignal.timeout(PATIENCE.entries) })
      : await fetch(where + "?" + ("list" in asked ? asked.list : asked.rows ? "only=" + asked.rows.join(",") : "number=" + asked.number) + (as && "&" + as), { signal: AbortSignal.timeout(PATIENCE.question) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(answer.status), { plain: said.error?.what || `The workbench answers ${answer.status}.` });
    return said;
  }
}
