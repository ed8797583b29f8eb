// The network in plain JavaScript: three grids become two numbers, and two numbers three grids. As lib/models/rhythm_vae/network.py, to 1e-4.
//
//   const network = openNetwork(readWeights(content));        of a model.safetensors
//   const { hit, velocity, timing } = network.at(x, y);       Float32Array each, drums × places: log-odds, 0 to 1, -1 to 1
//   const [x, y] = network.place(hit, velocity, timing);      where a bar lies on the plane
//
// `steps(x, y)` does the same as `at` in portions, for the sound thread: each .next() is some hundred thousand multiplications.

const SLOPE = 0.2, EPSILON = 1e-5, PORTION = 120_000;      // of the leaky ReLU; of the layer norm (PyTorch's own); multiplications of a portion

// safetensors: eight bytes of length, JSON, numbers. Only those of 32 bit are read.
export function readWeights(content) {
  const length = Number(new DataView(content).getBigUint64(0, true)), told = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length)));
  const weights = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(told)) {
    if (name === "__metadata__") continue;
    if (dtype !== "F32") throw new Error(`${name} has numbers of another kind (${dtype}).`);
    weights[name.replace(/^network\./, "")] = { shape, values: new Float32Array(content.slice(8 + length + from, 8 + length + to)) };
  }
  return weights;
}

// weights: as `readWeights` gives them; they may be sent to a worker or to the sound thread, which cannot read texts itself.
export function openNetwork(weights) {
  const width = weights["unfold.1.0.weight"].shape[0], cells = weights["heads.0.weight"].shape[0];
  const two = (name, n) => weights[name].values[n];

  // Rows `from` to `to` of weight · input + bias.
  function rows(name, input, output, from, to) {
    const { values, shape } = weights[`${name}.weight`], bias = weights[`${name}.bias`].values, wide = shape[1];
    for (let row = from; row < to; row++) {
      let sum = 0;
      for (let column = 0, at = row * wide; column < wide; column++, at++) sum += values[at] * input[column];
      output[row] = sum + bias[row];
    }
  }

  function normed(name, values) {
    const scale = weights[`${name}.weight`].values, shift = weights[`${name}.bias`].values, count = values.length;
    let mean = 0, spread = 0;
    for (const value of values) mean += value / count;
    for (const value of values) spread += (value - mean) ** 2 / count;
    const by = 1 / Math.sqrt(spread + EPSILON);
    for (let n = 0; n < count; n++) {
      const value = (values[n] - mean) * by * scale[n] + shift[n];
      values[n] = value > 0 ? value : SLOPE * value;
    }
    return values;
  }

  // A portion at a time: yields in between.
  function* linear(name, input, size) {
    const output = new Float32Array(size), at_once = Math.max(1, Math.floor(PORTION / input.length));
    for (let row = 0; row < size; row += at_once) {
      rows(name, input, output, row, Math.min(row + at_once, size));
      if (row + at_once < size) yield;
    }
    return output;
  }

  function* layer(name, input) {
    return normed(`${name}.1`, yield* linear(`${name}.0`, input, width));
  }

  // heads: how many of the three grids are wanted.
  function* decoding(x, y, heads = 3) {
    const z = Float32Array.of(two("centre", 0) + two("scale", 0) * x, two("centre", 1) + two("scale", 1) * y);
    const unfolded = yield* layer("unfold.1", yield* layer("unfold.0", z)), grids = [];
    yield;
    for (let part = 0; part < heads; part++) {
      grids.push(yield* linear(`heads.${part}`, yield* layer(`parts.${part}`, unfolded), cells));
      yield;
    }
    const [hit, velocity, timing] = grids;
    velocity?.forEach((value, n) => { velocity[n] = 1 / (1 + Math.exp(-value)); });
    timing?.forEach((value, n) => { timing[n] = Math.tanh(value); });
    return { hit, velocity, timing };
  }

  const whole = portions => {
    for (;;) { const { done, value } = portions.next(); if (done) return value; }
  };

  function place(...grids) {
    const seen = grids.map((grid, n) => whole(layer(`see.${n}`, grid))), joined = new Float32Array(3 * width);
    seen.forEach((values, n) => joined.set(values, n * width));
    const mean = whole(linear("mean", whole(layer("join", joined)), 2));
    return [0, 1].map(n => (mean[n] - two("centre", n)) / two("scale", n));
  }

  return { cells, at: (x, y, heads) => whole(decoding(x, y, heads)), steps: decoding, place };
}
