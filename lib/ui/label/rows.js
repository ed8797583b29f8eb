// The list of all datapoints in the filter, and a window of their rows: never all of them. Read `Rows.near`.

const WINDOW = 100, AHEAD = 30, MOST_KEPT = 900, STALE = 60_000;  // rows, rows, rows, ms

class Rows {
  // ask(what) → promise of an answer (carrier.js); overlay(row): what was done and is still on its way is put over it.
  constructor({ ask, overlay, came }) {
    Object.assign(this, { ask, overlay, came, ids: [], numbers: [], open: new Set(), known: new Map(), asked: new Set(), places: new Map() });
  }

  take(list) {
    this.ids = list.ids;
    this.numbers = list.numbers;
    this.open = new Set(list.open.map(place => list.ids[place]));
    this.places = new Map(list.ids.map((id, place) => [id, place]));
    this.total = list.ids.length;
    this.labelled = this.total - this.open.size;
  }

  at(rank) { return this.known.get(this.ids[rank]); }

  // Makes sure that the rows around a place are there, or come soon.
  near(rank, window = WINDOW, ahead = AHEAD) {
    const missing = from => this.ids.slice(Math.max(0, from), from + window).filter(id => this.isWanted(id));
    const close = this.ids.slice(Math.max(0, rank - ahead), rank + ahead + 1);
    if (close.some(id => this.isWanted(id))) this.fetch(missing(rank - (window / 4 | 0)));
  }

  isWanted(id) {
    const row = this.known.get(id);
    return !this.asked.has(id) && (!row || performance.now() - row.since > STALE);
  }

  async fetch(ids, tries = 0) {
    if (!ids.length) return;
    ids.forEach(id => this.asked.add(id));
    try {
      const { rows } = await this.ask({ rows: ids });
      rows.forEach(row => this.put(row));
      ids.forEach(id => this.asked.delete(id));
      const came = new Set(rows.map(row => row.id));
      ids.filter(id => !came.has(id) && !this.known.has(id)).forEach(id => this.known.set(id, { id, gone: true, since: performance.now() }));
      this.forgetFar();
      this.came();
    } catch {
      setTimeout(() => { ids.forEach(id => this.asked.delete(id)); this.came(); }, Math.min(10_000, 1000 * 2 ** tries));
    }
  }

  put(row) {
    row.since = performance.now();
    this.overlay(row);
    this.known.delete(row.id);      // the latest stand last
    this.known.set(row.id, row);
    this.count(row);
  }

  // Whether a row has a label by now, or is left out; the counts follow.
  count(row) {
    if (!this.places.has(row.id)) return;
    if (isDone(row)) this.open.delete(row.id); else this.open.add(row.id);
    this.labelled = this.total - this.open.size;
  }

  forgetFar() {
    if (this.known.size <= MOST_KEPT) return;
    for (const id of [...this.known.keys()].slice(0, this.known.size - MOST_KEPT / 2)) this.known.delete(id);
  }

  // The place of the next one without a label after `rank`, or from the start; -1 where all have one.
  nextOpen(rank) {
    for (let i = 1; i <= this.total; i++) {
      const place = (rank + i + this.total) % this.total;
      if (this.open.has(this.ids[place])) return place;
    }
    return -1;
  }
}

const isDone = row => Boolean(row.excluded || row.caption || row.tags?.length || row.class_name || row.transcript);
