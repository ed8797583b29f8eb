// What is heard of a microphone: how high, how loud, whether it sings. `Ear.hear` is given 1024 frames at 16 kHz.
// Pitch as in lib/media/clear_pitch.py (McLeod & Wyvill 2005), loudness as in lib/media/sound_measures.py (A-weighted), so that both tell the same.

import { RATE } from "./ddsp.js";

export const WINDOW = 1024, DULL = WINDOW - 3;      // frames; those of which each is a mean of four
const LOWEST = 60, HIGHEST = 1600, NEARLY = 0.9, QUIET = -100;

// In place, a Fourier transform of a power of two (Cooley & Tukey 1965).
export function transform(real, imaginary) {
  const count = real.length;
  for (let at = 1, other = 0; at < count; at++) {
    let bit = count >> 1;
    for (; other & bit; bit >>= 1) other ^= bit;
    other ^= bit;
    if (at < other) {
      [real[at], real[other]] = [real[other], real[at]];
      [imaginary[at], imaginary[other]] = [imaginary[other], imaginary[at]];
    }
  }
  for (let size = 2; size <= count; size <<= 1) {
    const half = size >> 1;
    for (let k = 0; k < half; k++) {
      const cos = Math.cos(2 * Math.PI * k / size), sin = -Math.sin(2 * Math.PI * k / size);
      for (let low = k; low < count; low += size) {
        const high = low + half, x = real[high] * cos - imaginary[high] * sin, y = real[high] * sin + imaginary[high] * cos;
        real[high] = real[low] - x;
        imaginary[high] = imaginary[low] - y;
        real[low] += x;
        imaginary[low] += y;
      }
    }
  }
}

export class Ear {
  constructor(rate = RATE) {
    const numbers = count => new Float64Array(count), curve = hertz => 12194.217 ** 2 * hertz ** 4 / ((hertz ** 2 + 20.598997 ** 2)
      * Math.sqrt((hertz ** 2 + 107.65265 ** 2) * (hertz ** 2 + 737.86223 ** 2)) * (hertz ** 2 + 12194.217 ** 2));
    this.rate = rate;
    this.hann = Float64Array.from({ length: WINDOW }, (_, at) => 0.5 - 0.5 * Math.cos(2 * Math.PI * at / WINDOW));
    const scale = 2 / (WINDOW * this.hann.reduce((sum, value) => sum + value * value, 0));
    this.weights = Float64Array.from({ length: WINDOW / 2 + 1 }, (_, at) => scale * (curve(at * rate / WINDOW) / curve(1000)) ** 2);
    this.weights[WINDOW / 2] /= 2;
    Object.assign(this, { real: numbers(WINDOW), imaginary: numbers(WINDOW), wide: numbers(2 * WINDOW), wideImaginary: numbers(2 * WINDOW), energy: numbers(WINDOW + 1),
      alike: numbers(WINDOW / 2 + 3) });
  }

  // {hertz (0 where nothing repeats), clear (0 to 1), loudness (dB A)}
  hear(window) { return { ...this.pitch(window), loudness: this.loudness(window) }; }

  loudness(window) {
    const { real, imaginary, hann, weights } = this;
    for (let at = 0; at < WINDOW; at++) { real[at] = window[at] * hann[at]; imaginary[at] = 0; }
    transform(real, imaginary);
    let sum = 1e-12;
    for (let at = 0; at <= WINDOW / 2; at++) sum += weights[at] * (real[at] ** 2 + imaginary[at] ** 2);
    return Math.max(QUIET, 10 * Math.log10(sum));
  }

  pitch(window) {
    const { wide, wideImaginary, energy, alike, rate } = this, longest = Math.min(Math.floor(rate / LOWEST), DULL >> 1);
    let mean = 0;
    for (let at = 0; at < WINDOW; at++) mean += window[at] / WINDOW;
    wide.fill(0);
    wideImaginary.fill(0);
    for (let at = 0; at < DULL; at++) {
      wide[at] = (window[at] + window[at + 1] + window[at + 2] + window[at + 3]) / 4 - mean;
      energy[at + 1] = energy[at] + wide[at] ** 2;
    }
    transform(wide, wideImaginary);     // of the power of a spectrum, the spectrum is how alike a sound is to itself, later
    for (let at = 0; at < 2 * WINDOW; at++) { wide[at] = wide[at] ** 2 + wideImaginary[at] ** 2; wideImaginary[at] = 0; }
    transform(wide, wideImaginary);
    for (let lag = 0; lag <= longest + 1; lag++) {
      const both = energy[DULL - lag] + energy[DULL] - energy[lag];
      alike[lag] = both < 1e-6 ? 0 : 2 * wide[lag] / (2 * WINDOW) / Math.max(both, 1e-9);
    }
    return this.period(longest);
  }

  // Of all peaks after the first fall below 0, the first that is nearly as high as the highest, refined by a parabola.
  period(longest) {
    const { alike, rate } = this, peaks = [];
    let has_fallen = false, highest = 0;
    const shortest = Math.max(Math.floor(rate / HIGHEST), 2);
    for (let lag = 0; lag <= longest; lag++) {
      has_fallen ||= alike[lag] < 0;
      if (lag < shortest || !has_fallen || alike[lag] <= 0 || alike[lag] <= alike[lag - 1] || alike[lag] < alike[lag + 1]) continue;
      peaks.push(lag);
      highest = Math.max(highest, alike[lag]);
    }
    const lag = peaks.find(one => alike[one] >= NEARLY * highest);
    if (lag === undefined) return { hertz: 0, clear: 0 };
    const before = alike[lag - 1], middle = alike[lag], after = alike[lag + 1], curve = before - 2 * middle + after;
    const shift = Math.abs(curve) > 1e-12 ? 0.5 * (before - after) / curve : 0;
    return { hertz: rate / (lag + shift), clear: Math.min(1, Math.max(0, middle - 0.25 * (before - after) * shift)) };
  }
}

// A sound at any rate becomes one at 16 kHz, block by block: each frame is a mean of those around it, weighted by a sinc in a Hann window.
export class Slower {
  constructor(rate) {
    this.step = rate / RATE;                                    // frames of the old for one of the new
    this.reach = Math.ceil(16 * Math.max(1, this.step));
    this.cut = 0.9 * Math.min(1, 1 / this.step);
    this.held = new Float32Array(2 * this.reach);
    this.at = this.reach;
  }

  // Returns the new frames that can be told by now.
  take(block) {
    const held = new Float32Array(this.held.length + block.length), made = [];
    held.set(this.held);
    held.set(block, this.held.length);
    for (; this.at + this.reach < held.length; this.at += this.step) {
      const whole = Math.floor(this.at);
      let sum = 0, weights = 0;
      for (let place = whole - this.reach + 1; place <= whole + this.reach; place++) {
        const off = place - this.at, x = Math.PI * this.cut * off, weight = (x ? Math.sin(x) / x : 1) * (0.5 + 0.5 * Math.cos(Math.PI * off / (this.reach + 1)));
        sum += weight * held[place];
        weights += weight;
      }
      made.push(sum / weights);
    }
    const gone = Math.max(0, Math.floor(this.at) - this.reach);
    this.held = held.slice(gone);
    this.at -= gone;
    return made;
  }
}
