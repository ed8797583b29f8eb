// How a voice is led: keys that are held, a line that is drawn, another voice that is heard. Read `Hand.block`. Runs in the AudioWorklet; knows no page.
//
// Whoever plays says what is to sound now; how it gets there (glides, swells, fades, wavers) is decided here, block by block of 8 ms.

import { HOP, RATE, SILENT } from "./ddsp.js";

const BLOCK = HOP / RATE;                   // seconds
const GLIDE = 0.018, SWELL = 24, RISES = 14, FADES = 5.5;   // seconds; dB under its loudness where a sound begins; dB a block it rises and falls by
const SINKS = 3, WAVERS = 5.5, WAITS = 0.25;               // dB a second that a held key gets quieter by; times a second; seconds before it wavers

export class Hand {
  constructor(voice) {
    this.voice = voice;
    this.held = [];             // keys, the newest last: [name, note, loudness]
    this.led = null;            // {hertz, loudness, sings}, of a line or another voice
    this.octaves = 0;
    this.vibrato = 0.15;
    this.note = 60;
    this.level = SILENT;
    this.since = 0;
    voice.begin(220, SILENT, 1);
  }

  press(name, note, loudness) {
    this.release(name);
    this.held.push([name, note, loudness]);
    this.since = 0;
  }

  release(name) {
    const top = this.held.at(-1)?.[0];
    this.held = this.held.filter(([one]) => one !== name);
    if (top !== this.held.at(-1)?.[0]) this.since = 0;
  }

  lead(told) { this.led = told; }

  silence() {
    this.held = [];
    this.led = null;
  }

  // What is wanted now: {note (MIDI), loudness (dB, SILENT for nothing), sings}.
  wanted() {
    const key = this.held.at(-1);
    if (key) return { note: key[1] + this.waver(), loudness: key[2] - SINKS * this.since, sings: 1 };
    if (this.led) return { note: 69 + 12 * Math.log2(this.led.hertz / 440), loudness: this.led.loudness, sings: this.led.sings };
    return { note: this.note, loudness: SILENT, sings: 1 };
  }

  waver() {
    const share = Math.min(1, Math.max(0, (this.since - WAITS) / 0.3));
    return this.vibrato * share * Math.sin(2 * Math.PI * WAVERS * (this.since - WAITS));
  }

  // The next 128 frames into `out`. Returns what sounds: {hertz, loudness}.
  block(out) {
    const { note, loudness, sings } = this.wanted(), is_heard = loudness > SILENT + 5;
    if (is_heard) this.note = this.level < SILENT + 20 ? note : this.note + (note - this.note) * (1 - Math.exp(-BLOCK / GLIDE));
    const aim = is_heard ? loudness : SILENT;
    this.level = aim > this.level ? Math.min(aim, Math.max(this.level, aim - SWELL) + RISES) : Math.max(aim, this.level - FADES);
    this.since += BLOCK;
    const hertz = Math.min(2000, Math.max(30, 440 * 2 ** ((this.note + 12 * this.octaves - 69) / 12)));
    this.voice.block(hertz, this.level, sings, out);
    return { hertz, loudness: this.level };
  }
}
