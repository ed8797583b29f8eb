// The labelling desk: one datapoint large, its words below, every key answered in the page. Read `Desk.go`, `set`, `key`.
//
// data: { project, actor, files: where its addresses begin ("" where there are none), filter: as in an address, item: an id
// to begin with, said: answers to what was asked as a trigger }. The files label_*.js stand before this one (one_by_one.py
// puts them together). What a person does is drawn at once and goes through queue.js; nothing waits for the server.

const EMPTY = { tags: [], crop: [], points: [], regions: [] };
const TYPED = 2500, KEPT_PICTURES = 14, REMEMBERED = 100, JUST = 5000;    // ms, pictures, steps, ms
const FEW = [8, 4];     // rows at once, and ahead, where each carries its picture
const KEYS = [
  ["→ ←", "next, previous"], ["Home End", "first, last"], ["n", "next without a label"], ["g", "go to a number"],
  ["c  Enter", "caption (Enter: done; Ctrl Enter: done, and the caption of the next one is open; Esc: leave)"], ["1 … 9, 0", "class, again to take it away"],
  ["t", "tag"], ["x", "leave out of datasets; then Tab or Enter to say why; x again to take it in"], ["i", "note"], ["o", "other half of a pair"],
  ["s", "what is said (sounds)"], ["Space", "play or pause (sounds)"], ["a", "accept what is suggested"],
  ["r p m k", "boxes, points, mask, crop"], ["u  Shift U", "undo, redo"], ["f", "the whole screen"], ["?", "these keys"],
];
const ACTS = [
  ["x", "exclude", "leave out"], ["i", "note", "note"], ["o", "pair", "pair"], ["r", "regions", "boxes"], ["p", "points", "points"],
  ["m", "mask", "mask"], ["k", "crop", "crop"], ["u", "undo", "undo"], ["f", "whole", "large"], ["?", "keys", "keys"],
];
const PICTURE_ONLY = ["regions", "points", "mask", "crop"];
const READ = ["caption", "class_name", "tags", "excluded"];     // what a second reader answers (lib/label/agreement.py)

export default function ({ data: packed, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const root = parentElement.querySelector(".desk");
  root.desk = root.desk || new Desk(root);
  root.desk.update(data);
}

class Desk {
  constructor(root) {
    this.root = root;
    this.part = selector => root.querySelector(selector);
    this.carrier = new Carrier();
    this.newRows("");
    this.clock = new Clock((item, seconds) => this.queue?.add({ item, seconds }));
    this.pictures = new Map();
    this.rank = 0;
    this.toward = 1;
    this.classes = [];
    this.tags = [];
    this.later = [];            // keys that came before the row they are about
    this.opened = new Set();    // fields that are shown though nothing stands in them
    this.marks = new Marks(this, this.part(".marks"), this.part("canvas.mask"), this.part(".bar"));
    this.furnish();
  }

  // At each look of Streamlit, also when nothing changed.
  update(data) {
    this.data = data;
    this.carrier.update(data);
    const place = `handmade.label.${data.project}.${data.reader ? "reader " + data.reader : data.actor}`, isOther = this.place !== place;
    if (isOther) this.begin(place);
    if (!this.awake) this.wake();
    if (isOther || this.filter !== data.filter) this.load(data.filter);
  }

  // What one person sees and says never gets into another's rows or letters: each begins with their own.
  newRows(reader) {
    this.rows = new Rows({ ask: asked => this.carrier.ask({ ...asked, reader }), overlay: row => this.overlay(row), came: () => this.came() });
    this.is_loaded = false;
  }

  begin(place) {
    const reader = this.data.reader || "";
    this.place = place;
    this.newRows(reader);
    this.queue = new Queue(place, {
      post: async (entries, leaving) => (await this.carrier.ask({ entries, reader }, leaving)).answers,
      heard: (entry, answer) => this.heard(entry, answer),
      told: () => this.drawState(),
    });
    try { this.history = JSON.parse(sessionStorage.getItem(place + ".history")) || []; } catch { this.history = []; }
    if (this.queue.entries.size) this.queue.soon(0);
  }

  async load(filter) {
    this.filter = filter;
    const before = this.row()?.number ?? 0, stood = this.row()?.id || this.remembered();
    let list;
    try { list = await this.carrier.ask({ list: `${filter}&near=${stood || ""}` }); }
    catch { this.loading = setTimeout(() => this.filter === filter && this.load(filter), 2000); this.drawState(); return; }
    if (this.filter !== filter) return;
    this.rows.take(list);
    this.classes = list.classes;
    this.tags = list.tags;
    this.clock.on = list.counts_time;
    this.clock.today = list.seconds_today;
    list.rows.forEach(row => this.rows.put(row));
    this.checkHistory(list.last);
    this.rows.known.forEach(row => row.gone || this.rows.count(row));
    this.is_loaded = true;
    const known = this.rows.places.get(stood) ?? -1, after = this.rows.numbers.findIndex(number => number >= before);
    const first = known >= 0 ? known : before ? after : this.rows.nextOpen(-1);
    this.shown = null;
    this.go(Math.max(0, first), true);
    if (document.activeElement?.closest("[role=radiogroup]")) this.focus();    // one came from another way of looking: keys are for this one now
  }

  // ---- where one is

  row() { const row = this.rows.at(this.rank); return row && !row.gone ? row : null; }
  size() {
    const facts = this.row()?.facts || {}, image = this.image;
    return { w: facts.width || image?.naturalWidth || 1, h: facts.height || image?.naturalHeight || 1 };
  }
  focus() { this.part(".stage").focus({ preventScroll: true }); }

  go(rank, quietly = false) {
    const { total } = this.rows;
    if (!this.is_loaded) return;
    rank = Math.min(Math.max(rank, 0), Math.max(0, total - 1));
    this.toward = rank < this.rank ? -1 : 1;
    if (rank === this.rank && !quietly) { this.tell(rank ? "This is the last one." : "This is the first one."); return; }
    this.queue.release();
    this.opened.clear();
    this.rank = rank;
    this.rows.near(rank, ...this.window());
    this.clock.turn(this.rows.ids[rank]);
    this.draw();
    this.remember();
    if (!quietly) this.tell(this.inWords());
  }

  window() { return this.data.files ? [] : FEW; }

  step(by) { this.go(this.rank + by); }

  nextOpen() {
    const place = this.rows.nextOpen(this.rank);
    if (place < 0 || (place === this.rank && this.rows.open.size === 1)) return this.tell(place < 0 ? "Everything here has a label." : "This is the only one left without a label.");
    this.go(place);
  }

  goToNumber(words) {
    const place = this.rows.numbers.indexOf(Number(words));
    if (place < 0) { this.tell(`Number ${words} is not in this list.`, true); this.drawAbout(true); } else this.go(place, true);
    this.focus();
  }

  // The address follows a little later (browsers allow few changes of it), so that a second tab leads to the same one.
  remember() {
    clearTimeout(this.remembering);
    const stood = new URL(location).searchParams.get("item") || "";
    this.keepPlace(stood);
    this.remembering = setTimeout(() => {
      const id = this.rows.ids[this.rank], address = new URL(location);
      if (!id || !this.root.isConnected || this.data.project !== address.searchParams.get("project")) return;
      address.searchParams.set("item", id);
      history.replaceState(history.state, "", address);
      this.before = stood;
      this.keepPlace(id);
    }, 300);
  }

  // address: the item that stands in the address now; this.before: the one that stood there before.
  keepPlace(address) {
    const id = this.rows.ids[this.rank], at = { id, address, before: this.before, when: Date.now(), page: performance.timeOrigin };
    try {
      localStorage.setItem(this.place + ".at", id);
      sessionStorage.setItem(this.place + ".at", JSON.stringify(at));
    } catch { /* then the address alone knows it */ }
  }

  // Where one was in this tab, if the address is still the same; else what the address names; else where one was last.
  remembered() {
    try {
      const at = JSON.parse(sessionStorage.getItem(this.place + ".at"));
      if (at && (at.address === this.data.item || (at.before === this.data.item && isReloadedJustAfter(at)))) return at.id;
      return this.data.item || localStorage.getItem(this.place + ".at");
    } catch { return this.data.item; }
  }

  inWords() {
    const row = this.row();
    if (!row) return "";
    const said = [row.caption, row.class_name, (row.tags || []).join(", "), row.excluded && "left out"].filter(Boolean).join("; ");
    return `Number ${row.number}, ${this.rank + 1} of ${this.rows.total}. ${said || "No label yet"}.`;
  }

  came() {
    if (!this.root.isConnected) return;
    this.rows.near(this.rank, ...this.window());
    this.draw();
    this.catchUp();
  }

  // ---- what is said about it

  // hold: ms for which more may come to the same change (typing, moving a box).
  set(field, value, hold = 0, suggested = "") {
    const row = this.row();
    if (!row) return;
    if (this.data.reader && !READ.includes(field)) return this.tell("While you read, only the caption, the class, the tags and leaving out are asked for.", true);
    const open = hold && this.queue.open(row.id, field), old = row[field] ?? EMPTY[field] ?? "";
    if (open && same(open.seen, value)) { this.queue.drop(open.token); this.history.pop(); }
    else if (open) this.queue.amend(open, value, hold);
    else if (!same(old, value)) {
      const token = this.queue.add({ item: row.id, field, value, seen: old, suggested }, hold);
      this.note({ token, item: row.id, field, old });
    }
    this.apply(row.id, field, value);
    this.draw();
  }

  note(step) {
    this.undone = [];
    this.history = [...this.history, step].slice(-REMEMBERED);
    this.keepHistory();
  }

  // What is undone first is what was done last, also where that was done elsewhere (in the grid): then the server knows it.
  checkHistory(last) {
    const mine = this.history.at(-1);
    if (!mine || this.queue.waiting() || (last && last[0] === mine.item && last[1] === mine.field)) return;
    this.history = [];
    this.keepHistory();
  }

  keepHistory() {
    try { sessionStorage.setItem(this.place + ".history", JSON.stringify(this.history)); }
    catch { this.history = this.history.slice(REMEMBERED / 2 | 0); }
  }

  apply(item, field, value) {
    const row = this.rows.known.get(item);
    if (!row || row.gone) return;
    row[field] = value;
    this.rows.count(row);
  }

  // What lies in the queue is newer than what the server knew.
  overlay(row) {
    for (const entry of this.queue.entries.values()) if (entry.item === row.id && entry.field && !("decline" in entry)) row[entry.field] = entry.value;
  }

  undo() {
    const { tool } = this.marks, newest = this.history.at(-1);
    if (tool && newest?.field !== tool) return this.tell(`Nothing is left to take back in the ${NAMES[tool]}. ${newest ? `The newest change is another: ${this.inPlace(newest)}. ` : ""}Esc leaves the ${NAMES[tool]}; then u takes that back.`, true);
    this.queue.release();
    const last = this.history.pop();
    this.keepHistory();
    if (!last) return this.undoEarlier();
    this.undone = [...this.undone || [], { ...last, value: this.rows.known.get(last.item)?.[last.field] }].slice(-REMEMBERED);
    if (this.queue.aside.has(last.token)) this.queue.drop(last.token);
    else if (!this.queue.recall(last.token)) this.queue.add({ undo: last.token, item: last.item, field: last.field, value: last.old });
    this.apply(last.item, last.field, last.old);
    this.goBack(last.item);
    this.tell(`Taken back: ${this.inPlace(last)}.`, true);
  }

  // "the class of number 12"
  inPlace(step) {
    const number = this.rows.numbers[this.rows.places.get(step.item)];
    return `${NAMES[step.field] || step.field}${number ? ` of number ${number}` : ""}`;
  }

  // What was taken back last, until something else is done.
  redo() {
    const left = this.undone || [], last = left.at(-1);
    if (!last) return this.tell("There is nothing to do again.", true);
    if (this.marks.tool && last.field !== this.marks.tool) return this.tell(`What was taken back last is another: ${this.inPlace(last)}. Esc leaves the ${NAMES[this.marks.tool]}.`, true);
    this.goBack(last.item);
    const row = this.row();
    const now = row?.[last.field] ?? EMPTY[last.field], isSame = last.field === "mask" ? !now === !last.old : same(now, last.old);   // the server writes a mask anew
    if (row?.id !== last.item || !isSame) { this.undone = []; return this.tell("It is another by now, and stays.", true); }
    this.set(last.field, last.value ?? EMPTY[last.field] ?? "");
    this.undone = left.slice(0, -1);
    this.tell(`Done again: ${this.inPlace(last)}.`, true);
  }

  // What was done before this page was opened: only the server knows it. Where its answer got lost, the same is asked again.
  async undoEarlier() {
    if (this.queue.waiting()) return this.tell("What was done before can be taken back as soon as everything here is saved.", true);
    try {
      this.undoing ||= newToken();
      const { answers: [answer] } = await this.carrier.ask({ entries: [{ token: this.undoing, undo: "last" }] });
      this.undoing = "";
      if (answer.error) return this.tell(inOneLine(answer.error), true);
      if (!answer.row) return this.tell("There is nothing to take back.", true);
      this.rows.known.clear();      // it may have been many at once
      this.rows.put(answer.row);
      this.goBack(answer.row.id);
      this.tell("Taken back. " + this.inWords(), true);
    } catch { this.tell("The workbench does not answer; try again in a moment.", true); }
  }

  goBack(item) {
    const place = this.rows.places.get(item);
    if (place === undefined) { this.draw(); return; }
    this.go(place, true);
  }

  heard(entry, answer) {
    if (answer.classes) { this.classes = answer.classes; if (!entry.classes) this.rows.known.forEach(row => { row.since = -1e9; }); }
    if (answer.row) this.rows.put(answer.row);
    const row = this.rows.known.get(entry.item);
    if (answer.error && row && !entry.seconds) row.since = -1e9;     // the server knows better what stands there
    if (answer.conflict && !this.queue.waiting()) this.apply(entry.item, entry.field, answer.conflict.current);
    this.came();
  }

  setClass(name) { const row = this.row(); if (row) this.set("class_name", row.class_name === name ? "" : name); }

  addTag(words) {
    const row = this.row(), tag = words.split(/\s+/).filter(Boolean).join(" ");
    if (!row || !tag || row.tags.includes(tag)) return;
    if (!this.tags.includes(tag)) this.tags = [...this.tags, tag];
    this.set("tags", [...row.tags, tag]);
  }

  exclude() {
    const row = this.row();
    if (!row) return;
    this.set("excluded", row.excluded ? "" : true);
    this.asksWhy = row.excluded ? row.id : "";
    this.tell(row.excluded ? "Left out of datasets. Tab or Enter: say why. x: take it in again." : "Taken in again.", true);
  }

  accept() {
    const row = this.row();
    for (const [field, { value }] of Object.entries(row?.suggestions || {})) this.acceptOne(field, value);
  }

  acceptOne(field, value) {
    delete this.row().suggestions[field];
    this.set(field, value, 0, typeof value === "string" ? value : JSON.stringify(value));
  }

  decline(field) {
    const row = this.row();
    delete row.suggestions[field];
    this.queue.add({ decline: row.id, field });
    this.draw();
  }

  // ---- keys

  key(event) {
    if (!this.root.isConnected) return this.leave();
    const path = event.composedPath(), target = path[0], isOurs = path.includes(this.root);
    if (isOurs && target.matches("input:not([type=checkbox]), textarea")) return this.fieldKey(event, target);
    if (this.part("dialog[open]") || event.defaultPrevented || !this.is_loaded) return;
    if (!isOurs && isBusy(target)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey) return this.done(event, () => this.undo());
    if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === "z") return this.done(event, () => this.redo());
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (["Enter", " "].includes(event.key) && target.matches?.("button, a, summary, input, [role=button]") && !target.dataset.place) return;
    if (!this.lettersOn() && event.key.length === 1 && event.key !== "?" && !(this.marks.tool && isOurs)) return;
    if (this.isLate(event)) return this.done(event);
    if (this.marks.key(event)) return this.done(event);
    const asksWhy = this.asksWhy && this.asksWhy === this.row()?.id && !event.shiftKey;
    this.asksWhy = "";
    if (asksWhy && ["Tab", "Enter"].includes(event.key)) return this.done(event, () => this.enter(".why input"));
    if (event.key === "Escape") return this.focus();    // whoever else waits for it (an open filter) hears it too
    const act = this.actOf(event.key);
    if (act) this.done(event, () => this.doOrWait(event.key));
  }

  // After a jump a key may be faster than the row that it is about: it and all that follow are done, in order, as soon as
  // that is there. Escape forgets them.
  doOrWait(key) {
    const isAbout = /^[0-9tcxiosarpmk]$|Enter/.test(key);
    if (this.row() || !isAbout) this.actOf(key)?.(); else this.later.push(key);
  }

  isLate(event) {
    if (!this.later.length || event.key.length > 1 && !["Enter", "Backspace", "Escape"].includes(event.key) && !event.key.startsWith("Arrow")) return false;
    if (event.key === "Escape") this.later = []; else this.later.push(event.key);
    return true;
  }

  catchUp() {
    while (this.row() && this.later.length) {
      const key = this.later.shift(), field = this.active();
      if (field?.matches("input, textarea") && this.root.contains(field)) this.type(field, key); else this.actOf(key)?.();
    }
  }

  type(field, key) {
    if (key === "Enter") return this.finish(field);
    field.value = key === "Backspace" ? field.value.slice(0, -1) : key.length === 1 ? field.value + key : field.value;
    field.dispatchEvent(new Event("input"));
  }

  // Streamlit has keys of its own (r, c), and hears nothing of ours.
  done(event, act) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (act && !(event.repeat && !event.key.startsWith("Arrow"))) act();
  }

  actOf(key) {
    if (/^[0-9]$/.test(key)) { const name = this.classes[(Number(key) + 9) % 10]; return () => name ? this.setClass(name) : this.tell(`There is no class on ${key} yet.`, true); }
    const isText = this.row()?.kind === "text" && this.part(".text").matches(":focus");
    return {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
      Home: isText ? null : () => this.go(0), End: isText ? null : () => this.go(this.rows.total - 1),
      c: () => this.enter(".caption textarea"), Enter: () => this.enter(".caption textarea"), t: () => this.enter(".tags input"),
      s: () => this.row()?.kind === "sound" && this.enter(".transcript textarea"), i: () => this.openField("note", ".note textarea"),
      x: () => this.exclude(), u: () => this.undo(), U: () => this.redo(), n: () => this.nextOpen(), g: () => this.enter(".number"), a: () => this.accept(),
      o: () => this.openField("pair", ".pair input"), r: () => this.take("regions"), p: () => this.take("points"), m: () => this.take("mask"),
      k: () => this.take("crop"), f: () => this.whole(), "?": () => this.showKeys(),
      " ": this.row()?.kind === "sound" ? () => this.play() : null,
    }[key];
  }

  fieldKey(event, field) {
    event.stopImmediatePropagation();
    if (event.isComposing) return;
    if (field.type === "range") return;
    if (event.key === "Escape" && !this.part("dialog[open]")) { event.preventDefault(); this.forgetTyped(field); field.blur(); this.focus(); }
    if (event.key !== "Enter" || (event.shiftKey && field.matches("textarea"))) {
      if (event.key === "Backspace" && field.matches(".tags input") && !field.value) this.set("tags", this.row().tags.slice(0, -1));
      return;
    }
    event.preventDefault();
    this.finish(field);
    if (event.ctrlKey || event.metaKey) { this.step(1); if (field.matches(".caption textarea")) this.enter(".caption textarea"); }
  }

  // Escape from a field whose words were not handed over yet; all others are kept as they are typed.
  forgetTyped(field) {
    if (field.matches(".number")) this.drawAbout(true);
    else if (field.enter && !field.matches("dialog input")) field.value = "";
  }

  finish(field) {
    if (field.enter) return field.enter(field.value);
    field.blur();
    this.focus();
  }

  enter(selector) {
    const field = this.part(selector);
    if (!field || !this.row()) return;
    field.focus();
    if (field.matches("input")) field.select(); else field.setSelectionRange(field.value.length, field.value.length);
  }

  openField(name, selector) { this.opened.add(name); this.draw(); this.enter(selector); }

  take(tool) {
    if (this.row() && this.row().kind !== "image") return this.tell("Only pictures can be drawn on.", true);
    this.marks.take(tool);
    this.focus();
  }

  play() {
    const sound = this.part("audio");
    if (sound.paused) sound.play(); else sound.pause();
  }

  whole() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  lettersOn() { try { return localStorage.getItem("handmade.label.letters") !== "off"; } catch { return true; } }

  // ---- what is heard of outside

  wake() {
    this.awake = true;
    this.listening = [];
    const listen = (on, name, work, options) => { on.addEventListener(name, work, options); this.listening.push(() => on.removeEventListener(name, work, options)); };
    listen(window, "keydown", event => this.key(event), true);
    for (const name of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"])
      listen(window, name, () => this.clock.touch(), { capture: true, passive: true });
    listen(window, "online", () => this.queue.send());
    listen(window, "pagehide", () => this.partWith());
    listen(document, "visibilitychange", () => document.visibilityState === "hidden" ? this.partWith() : this.queue.send());
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  tick() {
    if (!this.root.isConnected) return this.leave();
    this.clock.tick();
    this.drawTime();
  }

  // The page may be gone in a moment: what is open goes now; what does not arrive is in localStorage.
  partWith() {
    this.clock.hand();
    this.queue.release();
    this.queue.send(true);
  }

  leave() {
    this.partWith();
    clearInterval(this.ticking);
    this.listening.forEach(stop => stop());
    this.part("audio").pause();
    this.awake = false;
  }
}

const NAMES = { caption: "caption", tags: "tags", class_name: "class", excluded: "leaving out", note: "note", transcript: "what is said", crop: "crop", points: "points", regions: "boxes", mask: "mask", pair: "other half" };
const same = (a, b) => JSON.stringify(a || "") === JSON.stringify(b || "") || (isNothing(a) && isNothing(b));
const isNothing = value => !value || (Array.isArray(value) && !value.length);

// A browser that reloads a page while its address changes may come with the address before.
const isReloadedJustAfter = at => at.page !== performance.timeOrigin && performance.timeOrigin - at.when < JUST && performance.getEntriesByType("navigation")[0]?.type === "reload";

const inOneLine = error => [error.what, error.why, error.fix].filter(Boolean).join(" ");

// Something else on the page that has a use for keys.
function isBusy(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable=true], [role=radiogroup], [role=slider], [role=tablist], [role=dialog], [role=menu], [role=listbox], [role=combobox], [data-baseweb=popover], audio, video, dialog"));
}
