// What a person did and the server has not answered for yet: kept in the browser until then, and sent in order.
//
// Read `Queue`: `add`, `amend` while somebody still types, `send`. Each entry lies under a key of its own in localStorage
// (one per project and actor), so that two tabs never write over each other; whatever an earlier page left is sent too.
// The server passes over a token that it knows, so everything may be sent twice.

const SOON = 200, SLOWEST = 30_000;                     // ms
const MOST_ENTRIES = 100, MOST_CHARACTERS = 4_000_000;  // of one letter to the server

class Queue {
  // post(entries, leaving) → promise of answers; heard(entry, answer); told(): something is to be shown anew.
  constructor(place, { post, heard, told }) {
    Object.assign(this, { place, post, heard, told });
    this.entries = new Map();
    this.flying = new Set();
    this.left = new Set();      // have been on their way at least once: the server may know them, whatever it answered
    this.aside = new Map();     // answered with a conflict or an error: they wait for the person
    this.failures = 0;
    this.trouble = "";
    this.pickUp();
  }

  pickUp() {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.startsWith(this.place + "!")) found.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch { /* no memory in this browser, or somebody wrote nonsense into it */ }
    found.filter(entry => entry && entry.token && !this.entries.has(entry.token)).sort((a, b) => (a.token < b.token ? -1 : 1))
      .forEach(entry => entry.answer ? this.aside.set(entry.token, entry) : this.entries.set(entry.token, entry));
    this.left = new Set(this.entries.keys());   // an earlier page may have sent them
  }

  // hold: ms for which it may still be amended before it goes.
  add(entry, hold = 0) {
    this.release();
    entry = { ...entry, token: newToken(), at: new Date().toISOString() };
    if (hold) this.held = { token: entry.token, until: performance.now() + hold };
    this.entries.set(entry.token, entry);
    this.keep(entry);
    this.soon(hold || SOON);
    return entry.token;
  }

  // The entry that is still open for this label, if there is one.
  open(item, field) {
    const entry = this.held && this.entries.get(this.held.token);
    return entry && !this.left.has(entry.token) && entry.item === item && entry.field === field ? entry : null;
  }

  amend(entry, value, hold) {
    entry.value = value;
    this.held = { token: entry.token, until: performance.now() + hold };
    this.keep(entry);
    this.soon(hold);
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.soon(SOON);
  }

  keep(entry) {
    try { localStorage.setItem(`${this.place}!${entry.token}`, JSON.stringify(entry)); this.full = false; }
    catch { this.full = true; }     // it is still in this page
    this.told();
  }

  drop(token) {
    this.entries.delete(token);
    this.aside.delete(token);
    this.left.delete(token);
    if (this.held?.token === token) this.held = null;
    try { localStorage.removeItem(`${this.place}!${token}`); } catch { /* then it was never there */ }
    this.told();
  }

  // True where it could be taken back before it went.
  recall(token) {
    if (!this.entries.has(token) || this.left.has(token)) return false;
    this.drop(token);
    return true;
  }

  soon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), ms);
  }

  ready() {
    const held = this.held && this.held.until > performance.now() + 5 ? this.held.token : "";
    const batch = [];
    let characters = 0;
    for (const entry of this.entries.values()) {
      characters += JSON.stringify(entry).length;
      if (entry.token === held || batch.length >= MOST_ENTRIES || (batch.length && characters > MOST_CHARACTERS)) break;
      batch.push(entry);
    }
    return batch;
  }

  // leaving: the page may be gone in a moment.
  async send(leaving = false) {
    clearTimeout(this.timer);
    const batch = this.ready();
    if (this.held && !batch.length) return this.soon(Math.max(20, this.held.until - performance.now()));
    if (!batch.length || this.sending) return;
    this.sending = true;
    batch.forEach(entry => { this.flying.add(entry.token); this.left.add(entry.token); });
    this.told();
    try {
      this.settle(await this.post(batch, leaving));
    } catch (error) {
      this.failures++;
      this.trouble = error.plain || "";
    }
    this.sending = false;
    batch.forEach(entry => this.flying.delete(entry.token));
    this.told();
    if (this.entries.size) this.soon(this.failures ? Math.min(SLOWEST, 1000 * 2 ** (this.failures - 1)) : SOON);
  }

  settle(answers) {
    const mine = answers.filter(answer => this.entries.has(answer.token));
    if (!mine.length) throw Object.assign(new Error("no answer"), { plain: "" });
    this.failures = 0;
    this.trouble = "";
    for (const answer of mine) {
      const entry = this.entries.get(answer.token);
      this.drop(answer.token);
      if (answer.conflict || answer.error) this.putAside(entry, answer);
      this.heard(entry, answer);
    }
  }

  putAside(entry, answer) {
    if (entry.seconds !== undefined) return;
    const said = { ...entry, answer };
    this.aside.set(entry.token, said);
    this.keep(said);
  }

  // How many things a person did still lie here (spans of time are no work of theirs to lose).
  waiting() { return [...this.entries.values()].filter(entry => entry.seconds === undefined).length; }
}

let tokens = 0;

// In the order in which they are made; no two alike, also from two tabs.
function newToken() {
  const count = (tokens++).toString(36).padStart(4, "0");
  return `${Date.now().toString(36).padStart(9, "0")}-${count}-${Math.random().toString(36).slice(2, 10)}`;
}
