// Active time: it counts while the page is seen and somebody did something within the last 30 seconds. Read `tick`.

const PAUSE = 30_000, SPAN = 60_000;    // ms without a key, a click or a touch; the longest span that is not sent yet

class Clock {
  // spent(item, seconds): a span of work at one datapoint.
  constructor(spent) {
    this.spent = spent;
    this.on = false;
    this.milliseconds = 0;      // of the span under way
    this.today = 0;             // seconds, as the server knows them
    this.last = this.touched = performance.now();
  }

  touch() { this.tick(); this.touched = this.last = performance.now(); }

  tick() {
    const now = performance.now(), until = Math.min(now, this.touched + PAUSE);
    if (this.on && this.item && document.visibilityState === "visible" && until > this.last) this.milliseconds += until - this.last;
    this.last = now;
    if (this.milliseconds > SPAN) this.hand();
  }

  // The person looks at another one.
  turn(item) {
    if (item === this.item) return;
    this.tick();
    this.hand();
    this.item = item;
  }

  hand() {
    const seconds = Math.round(this.milliseconds / 100) / 10;
    this.milliseconds = 0;
    if (!seconds || !this.item) return;
    this.today += seconds;
    this.spent(this.item, seconds);
  }

  seconds() { return this.today + this.milliseconds / 1000; }
}
