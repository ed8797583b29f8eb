// DDSP in the browser: the network and the synthesiser of lib/models/ddsp (network.py, synth.py), number for number. Read `Voice.block`.
// Nothing in here knows a page or the Web Audio API, so that it runs in an AudioWorklet, in a page, and in a test.

export const RATE = 16000, HOP = 128, HARMONICS = 60, BANDS = 65, SILENT = -100;
const FAR = 3, SLOPE = 0.2, BREATH = -5, FADES = 20, LEAST = 1e-7, POWER = Math.log(10);

// What a safetensors file holds: its names, each with its numbers (all of ours are float32). buffer: ArrayBuffer.
export function readWeights(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true)), start = 8 + length, weights = {};
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  for (const [name, one] of Object.entries(told)) {
    if (name === "__metadata__") continue;
    if (one.dtype !== "F32") throw new Error(`${name} is ${one.dtype}`);
    weights[name] = new Float32Array(buffer.slice(start + one.data_offsets[0], start + one.data_offsets[1]));
  }
  return weights;
}

const sigmoid = x => 1 / (1 + Math.exp(-x));
const positive = x => 2 * Math.pow(sigmoid(x), POWER) + LEAST;

// y = W x + b, where `weight` has a row for each number of y.
function linear(weight, bias, x, y) {
  const count = x.length;
  for (let row = 0, at = 0; row < y.length; row++) {
    let sum = bias[row];
    for (let column = 0; column < count; column++) sum += weight[at++] * x[column];
    y[row] = sum;
  }
}

// Normalised to mean 0 and spread 1, scaled, and bent below 0 (a leaky ReLU), in place.
function normed(x, weight, bias) {
  let mean = 0, spread = 0;
  for (let at = 0; at < x.length; at++) mean += x[at];
  mean /= x.length;
  for (let at = 0; at < x.length; at++) spread += (x[at] - mean) ** 2;
  const scale = 1 / Math.sqrt(spread / x.length + 1e-5);
  for (let at = 0; at < x.length; at++) {
    const value = (x[at] - mean) * scale * weight[at] + bias[at];
    x[at] = value < 0 ? SLOPE * value : value;
  }
}

export class Voice {
  constructor(weights) {
    const part = name => weights[`decoder.${name}`], width = part("see.bias").length, numbers = count => new Float64Array(count);
    this.part = { middle: part("middle"), spread: part("spread"), norms: [0, 1, 2].map(at => [part(`norms.${at}.weight`), part(`norms.${at}.bias`)]) };
    for (const name of ["see", "look", "join", "say"]) this.part[name] = [part(`${name}.weight`), part(`${name}.bias`)];
    for (const name of ["ih", "hh"]) this.part[name] = [part(`remember.weight_${name}_l0`), part(`remember.bias_${name}_l0`)];
    Object.assign(this, { width, told: numbers(3), first: numbers(width), second: numbers(width), given: numbers(3 * width), recalled: numbers(3 * width),
      state: numbers(width), both: numbers(width + 3), third: numbers(width), said: numbers(1 + HARMONICS + BANDS),
      before: numbers(HARMONICS), now: numbers(HARMONICS), bands: numbers(BANDS), filter: numbers(HOP), ringing: numbers(HOP), heard: numbers(2 * HOP) });
    this.cosines = Float64Array.from({ length: HOP }, (_, at) => Math.cos(2 * Math.PI * at / HOP));
    this.hertz = 220;
    this.turns = 0;
    this.breath = 1;        // the noise is so many times as loud as it was learned
    this.luck = 1;
  }

  // Asks the network once: `now` and `bands` are how loud each harmonic and each band of noise is to be. loudness: dB (A).   sings: 0 to 1.
  ask(hertz, loudness, sings) {
    const { part, width, told, first, second, given, recalled, state, both, third, said } = this;
    told[0] = Math.min(FAR, Math.max(-FAR, (69 + 12 * Math.log2(hertz / 440) - part.middle[0]) / part.spread[0]));
    told[1] = Math.min(FAR, Math.max(-FAR, (loudness - part.middle[1]) / part.spread[1]));
    told[2] = 2 * sings - 1;
    linear(...part.see, told, first);
    normed(first, ...part.norms[0]);
    linear(...part.look, first, second);
    normed(second, ...part.norms[1]);
    linear(...part.ih, second, given);      // a gated recurrent unit, as PyTorch has it: reset, update, new
    linear(...part.hh, state, recalled);
    for (let at = 0; at < width; at++) {
      const reset = sigmoid(given[at] + recalled[at]), update = sigmoid(given[width + at] + recalled[width + at]);
      const fresh = Math.tanh(given[2 * width + at] + reset * recalled[2 * width + at]);
      both[at] = fresh + update * (state[at] - fresh);
    }
    state.set(both.subarray(0, width));
    both.set(told, width);
    linear(...part.join, both, third);
    normed(third, ...part.norms[2]);
    linear(...part.say, third, said);
    let sum = LEAST;
    for (let k = 0; k < HARMONICS; k++) sum += this.now[k] = hertz * (k + 1) < RATE / 2 ? positive(said[1 + k]) : 0;
    const there = Math.min(1, Math.max(0, (loudness - SILENT) / FADES)), loud = there * positive(said[0]) / sum;
    for (let k = 0; k < HARMONICS; k++) this.now[k] *= loud;
    for (let k = 0; k < BANDS; k++) this.bands[k] = there * this.breath * positive(said[1 + HARMONICS + k] + BREATH);
  }

  // The moment before the first block: nothing is heard of it.
  begin(hertz, loudness, sings) {
    this.ask(hertz, loudness, sings);
    this.before.set(this.now);
    this.hertz = hertz;
  }

  // The next 128 frames, into `out`, at whose end all is as it is told here. noise: 128 numbers from -1 to 1; its own where none are given.
  block(hertz, loudness, sings, out, noise = null) {
    this.ask(hertz, loudness, sings);
    this.sing(hertz, out);
    this.blow(noise, out);
    this.before.set(this.now);
    this.hertz = hertz;
  }

  sing(hertz, out) {
    const { before, now } = this;
    let top = HARMONICS;        // those above half the rate are silent at both ends
    while (top && !before[top - 1] && !now[top - 1]) top--;
    for (let at = 0; at < HOP; at++) {
      const way = (at + 1) / HOP;
      this.turns += (this.hertz + (hertz - this.hertz) * way) / RATE;
      this.turns -= Math.floor(this.turns);
      const angle = 2 * Math.PI * this.turns, twice = 2 * Math.cos(angle);
      let lower = 0, sine = Math.sin(angle), sum = 0;
      for (let k = 0; k < top; k++) {
        sum += (before[k] + (now[k] - before[k]) * way) * sine;
        [lower, sine] = [sine, twice * sine - lower];
      }
      out[at] = sum;
    }
  }

  blow(noise, out) {
    const { bands, filter, ringing, heard, cosines } = this, half = HOP / 2;
    for (let at = 0; at <= half; at++) {
      let sum = bands[0] + (at % 2 ? -bands[half] : bands[half]);
      for (let k = 1; k < half; k++) sum += 2 * bands[k] * cosines[(k * at) % HOP];
      const tap = sum / HOP;
      filter[half + at === HOP ? 0 : half + at] = filter[half - at] = tap;
    }
    for (let at = 0; at < HOP; at++) filter[at] *= 0.5 - 0.5 * cosines[at];
    heard.fill(0);
    for (let from = 0; from < HOP; from++) {
      const value = noise ? noise[from] : this.white();
      for (let at = 0; at < HOP; at++) heard[from + at] += value * filter[at];
    }
    for (let at = 0; at < HOP; at++) {
      out[at] += heard[at] + ringing[at];
      ringing[at] = heard[HOP + at];
    }
  }

  white() {
    let x = this.luck;          // xorshift (Marsaglia 2003)
    x ^= x << 13; x ^= x >>> 17; x ^= x << 5;
    this.luck = x;
    return x / 2147483648;
  }
}
