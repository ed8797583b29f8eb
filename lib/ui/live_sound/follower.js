// From what is heard to what is sung: as loud as the model knows it, in its own octaves. Read `follow`. Knows no page.

const SINGS = 0.6, DEPTH = 38, FAINT = -68;     // clearness from which on it sings; dB under its loudest below which it is silent; dB that are silence anyway
const FORGETS = 1 / 125, SLOWLY = 0.004, LEAPS = 8;     // dB a moment that the loudest sinks by; share by which the middle moves; semitones before another octave is chosen

export class Follower {
  // own: {pitch, loudness}, each low, middle and high, of what the model learned from.
  constructor(own) {
    Object.assign(this, { own, loudest: -30, middle: null, octaves: 0, hertz: 220 });
  }

  // heard: {hertz, clear, loudness}. Returns {hertz, loudness, sings} of what to sing, or null for silence.
  follow({ hertz, clear, loudness }) {
    const { own } = this;
    this.loudest = Math.max(loudness, this.loudest - FORGETS, -50);
    if (loudness < Math.max(this.loudest - DEPTH, FAINT)) return null;
    const sings = clear >= SINGS && hertz > 0;
    if (sings) {
      const note = 69 + 12 * Math.log2(hertz / 440);
      this.middle = this.middle === null ? note : this.middle + SLOWLY * (note - this.middle);
      const off = own.pitch[1] - this.middle - 12 * this.octaves;
      if (Math.abs(off) > LEAPS) this.octaves = Math.round((own.pitch[1] - this.middle) / 12);
      this.hertz = hertz * 2 ** this.octaves;
    }
    return { hertz: this.hertz, loudness: own.loudness[2] + (loudness - this.loudest), sings: sings ? 1 : 0 };
  }
}
