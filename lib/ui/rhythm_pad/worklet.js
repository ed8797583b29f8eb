// The sound thread: thinks of the next bar in portions, and plays the hits of this one to the sample. Read `process`.
//
// Takes { weights, kit: [Float32Array], rate, grid }, { at: [x, y] }, { tempo }, { swing }, { busy }, { volume }, { plays }, { records } and { ready } (ms that are held ready); { ask } is answered { heard } once all before is done. Says
// { bar: hits, id } when another bar is played, { beat } some times a second, { hits } that were played while it records, and { time } about itself.
// Drums sound as lib/media/drums.py makes them: velocity to the power of 1.5, added up, tanh; a closed hat ends an open one.

import { hitsOf, swung } from "./groove.js";
import { openNetwork } from "./network.js";

const MOST = 48, FADE = 0.01, TOLD = 2048;      // voices at once; s of an open hat that is closed; frames between two reports
const CLOSED = 2, OPEN = 3;

class Rhythms extends AudioWorkletProcessor {
  constructor() {
    super();
    Object.assign(this, { network: null, grids: null, hits: [], beat: 0, count: 0, tempo: 100, swing: 0, busy: 0.5, volume: 0.8, plays: false, records: false,
                          voices: [], thinking: null, wanted: null, since: 0, played: [], slowest: 0, blocks: 0, gaps: 0, worst: 0, ready: Infinity, isLate: false, began: null, ahead: 0 });
    this.port.onmessage = ({ data }) => this.hear(data);
  }

  hear(data) {
    if (data.weights) {
      this.network = openNetwork(data.weights);
      this.kit = data.kit.map(samples => atRate(samples, data.rate, sampleRate));
      this.grid = data.grid;
    }
    if (data.at) this.wanted = data.at;
    if ("plays" in data) {
      if (data.plays && !this.plays) this.beat = this.count = 0;
      this.plays = data.plays;
      if (!data.plays) for (const voice of this.voices) voice.ends = Math.min(voice.ends, voice.at + FADE * sampleRate);
    }
    if ("records" in data) this.record(data.records);
    for (const name of ["tempo", "swing", "busy", "volume", "ready"]) if (name in data) this[name] = data[name];
    if (("swing" in data || "busy" in data) && this.grids) this.lay();
    if (data.ask) this.port.postMessage({ heard: data.ask });
  }

  record(on) {
    if (!on && this.records) this.port.postMessage({ recorded: this.played, beats: this.count - this.first });
    if (on) [this.played, this.first] = [[], this.count];
    this.records = on;
  }

  // A portion of the next bar; once it is whole, it is the one that is played.
  think() {
    if (!this.thinking && this.wanted) [this.thinking, this.wanted] = [this.network.steps(...this.wanted), null];
    if (!this.thinking) return;
    const { done, value } = this.thinking.next();
    if (!done) return;
    [this.thinking, this.grids] = [null, value];
    this.lay();
  }

  lay() {
    const beats = this.grid.beats;
    this.hits = hitsOf(this.grids, this.busy, this.grid).map(hit => ({ ...hit, beat: ((swung(hit.beat, this.swing) % beats) + beats) % beats }));
    this.hits.sort((a, b) => a.beat - b.beat);
    this.port.postMessage({ bar: this.hits.length });
  }

  process(_, [output]) {
    const began = Date.now(), left = output[0], frames = left.length;
    if (!this.network) return true;
    this.think();
    if (this.plays) this.start(frames);
    this.mix(left, frames);
    for (let channel = 1; channel < output.length; channel++) output[channel].set(left);
    this.watch(began, frames);
    return true;
  }

  // Every hit that falls into these frames begins at its own frame.
  start(frames) {
    const each = this.tempo / 60 / sampleRate, beats = this.grid.beats;
    let from = this.beat, at = 0, left = frames * each;
    while (left > 1e-12) {
      const to = Math.min(from + left, beats);
      for (const hit of this.hits) {
        if (hit.beat >= to) break;
        if (hit.beat >= from) this.strike(hit, Math.round((at + hit.beat - from) / each), this.count + at + hit.beat - from);
      }
      at += to - from;
      left -= to - from;
      from = to >= beats ? 0 : to;
    }
    this.beat = from;
    this.count += frames * each;
  }

  strike({ drum, velocity }, wait, beat) {
    if (drum === CLOSED) for (const voice of this.voices) if (voice.drum === OPEN) voice.ends = Math.min(voice.ends, Math.max(voice.at, 0) + wait + FADE * sampleRate);
    if (this.voices.length >= MOST) this.voices.shift();
    this.voices.push({ drum, samples: this.kit[drum], at: -wait, gain: Math.pow(Math.max(velocity, 0.05), 1.5), ends: Infinity });
    if (this.records) this.played.push([beat - this.first, drum, velocity]);
    this.since += 1;
  }

  mix(left, frames) {
    left.fill(0);
    const fade = FADE * sampleRate;
    for (const voice of this.voices) {
      const { samples, gain, ends } = voice, last = Math.min(samples.length, ends);
      for (let frame = Math.max(-voice.at, 0), at = voice.at + frame; frame < frames && at < last; frame++, at++) {
        left[frame] += samples[at] * gain * (ends - at < fade ? (ends - at) / fade : 1);
      }
      voice.at += frames;
    }
    if (this.voices.length) this.voices = this.voices.filter(({ at, samples, ends }) => at < Math.min(samples.length, ends));
    for (let frame = 0; frame < frames; frame++) left[frame] = Math.tanh(left[frame]) * this.volume;
  }

  // A block is late where the clock of the sound has fallen behind that of the computer by more than is held ready, and so a gap was heard.
  watch(began, frames) {
    const ended = Date.now();
    this.slowest = Math.max(this.slowest, ended - began);
    this.blocks += 1;
    this.began ??= began - 1000 * currentTime;
    const behind = began - 1000 * currentTime - this.began;
    if (behind < this.ahead) this.ahead = behind;
    const late = behind - this.ahead, isLate = late > this.ready;
    this.worst = Math.max(this.worst, late);
    if (isLate && !this.isLate) this.gaps += 1;
    this.isLate = isLate;
    this.told = (this.told || 0) + frames;
    if (this.told < TOLD) return;
    this.told = 0;
    this.port.postMessage({ beat: this.beat, count: this.count, played: this.since, time: { blocks: this.blocks, slowest: this.slowest, worst: this.worst, gaps: this.gaps } });
  }
}

// The same samples at another rate: straight between two. Drums are made at 44.1 kHz; most browsers play at 48.
function atRate(samples, before, rate) {
  if (before === rate) return samples;
  const made = new Float32Array(Math.floor((samples.length - 1) * rate / before) + 1), step = before / rate;
  for (let n = 0; n < made.length; n++) {
    const at = n * step, low = Math.floor(at), share = at - low;
    made[n] = samples[low] + share * ((samples[low + 1] ?? 0) - samples[low]);
  }
  return made;
}

registerProcessor("handmade-rhythms", Rhythms);
