// Carries questions and entries to the server: by its address, or, where there is none (`streamlit run Home.py`), as a
// trigger of the component, which is said again until the answer comes back in `data`. Read `ask`.

const PATIENCE = { question: 10_000, entries: 30_000 };     // ms; a question asked while the network changed may never be answered

class Carrier {
  constructor() {
    this.me = Math.random().toString(36).slice(2);
    this.count = 0;
    this.open = new Map();      // n → {n, asked, settle}: only where there is no address
  }

  update(data, trigger) {
    this.files = data.files;
    this.reader = data.reader || "";
    this.trigger = trigger;
    const said = data.said || {};
    if (said.from === this.me) for (const [n, answer] of Object.entries(said.answers)) this.settle(Number(n), answer);
  }

  // asked: {list: "labelled=no"}, {rows: [ids]}, {number: 12} or {entries: […]}. Resolves to the answer, or throws.
  ask(asked, leaving = false) { return this.files ? this.fetch(asked, leaving) : this.say(asked); }

  async fetch(asked, leaving) {
    const where = `${this.files}/labels`, reader = asked.reader ?? this.reader, as = reader && "reader=" + encodeURIComponent(reader);
    const body = asked.entries && JSON.stringify(asked.entries);
    const answer = body
      ? await fetch(as ? `${where}?${as}` : where, { method: "POST", body, headers: { "X-Handmade": "1", "Content-Type": "application/json" }, keepalive: leaving && body.length < 60_000, signal: AbortSignal.timeout(PATIENCE.entries) })
      : await fetch(where + "?" + ("list" in asked ? asked.list : asked.rows ? "only=" + asked.rows.join(",") : "number=" + asked.number) + (as && "&" + as), { signal: AbortSignal.timeout(PATIENCE.question) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(answer.status), { plain: said.error?.what || `The workbench answers ${answer.status}.` });
    return said;
  }

  say(asked) {
    return new Promise((heard, failed) => {
      const n = ++this.count;
      this.open.set(n, { n, asked, heard, failed });
      this.repeat();
    });
  }

  repeat() {
    clearTimeout(this.reminder);
    if (!this.open.size) return;
    this.trigger("asked", { from: this.me, asked: [...this.open.values()].map(({ n, asked }) => ({ n, reader: this.reader, ...asked })) });
    this.reminder = setTimeout(() => this.repeat(), 3000);
  }

  settle(n, answer) {
    const one = this.open.get(n);
    if (!one) return;
    this.open.delete(n);
    if (!this.open.size) clearTimeout(this.reminder);
    if (answer.error) one.failed(Object.assign(new Error("refused"), { plain: answer.error.what }));
    else one.heard(answer);
  }
}
