// A GPT in the browser: the same as lib/models/microgpt/network.py, letter by letter. Read `Gpt.read`.
//
// It remembers what it has read, so that a letter more costs only a letter. Whatever it computes on the way can be looked at afterwards.

// Out of a file of safetensors: 8 bytes that say how long the list of names is, the list, then number after number.
function readWeights(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const list = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const weights = {};
  for (const [name, what] of Object.entries(list)) {
    if (name === "__metadata__") continue;
    const [start, stop] = what.data_offsets;
    weights[name] = new Float32Array(buffer.slice(8 + length + start, 8 + length + stop));
  }
  return weights;
}

class Gpt {
  // facts: tokens { letters, merges }, context, width, heads, layers.
  constructor(weights, facts) {
    Object.assign(this, { weights, facts });
    const merges = facts.tokens.merges.map(([a, b]) => a + b);
    this.names = [...facts.tokens.letters, ...merges, ""];
    this.end = this.names.length - 1;
    this.numbers = new Map(this.names.slice(0, -1).map((name, number) => [name, number]));
    this.ranks = new Map(facts.tokens.merges.map(([a, b], rank) => [`${a}\n\n${b}`, rank]));
    this.steps = [];       // one for each token that was read: what was computed at it
  }

  // { tokens: from the end mark on, unknown: letters that it never saw, which are passed over }
  encode(text) {
    const letters = [...text.normalize("NFC")];
    const unknown = [...new Set(letters.filter(letter => !this.numbers.has(letter)))];
    const known = letters.filter(letter => this.numbers.has(letter)).join("");
    const words = this.ranks.size ? known.match(/ ?[\p{L}\p{N}_]+| ?[^\s\p{L}\p{N}_]+|\s/gu) || [] : [];
    const pieces = this.ranks.size ? words.flatMap(word => this.joined([...word])) : [...known];
    return { tokens: [this.end, ...pieces.map(piece => this.numbers.get(piece))], unknown };
  }

  // The pieces of a word, joined in the order in which the pairs were found.
  joined(word) {
    for (;;) {
      let best = Infinity, pair = null;
      for (let at = 0; at + 1 < word.length; at++) {
        const rank = this.ranks.get(`${word[at]}\n\n${word[at + 1]}`);
        if (rank < best) [best, pair] = [rank, [word[at], word[at + 1]]];
      }
      if (!pair) return word;
      const pieces = [];
      let last = null;
      for (const piece of word) {
        if (last !== null && last === pair[0] && piece === pair[1]) { pieces[pieces.length - 1] += piece; last = null; }
        else { pieces.push(piece); last = piece; }
      }
      word = pieces;
    }
  }

  // The end of a text that it sees. When its page is full, it turns it and keeps the last half (network.window).
  window(tokens) {
    const { context } = this.facts, half = Math.floor(context / 2);
    return tokens.length <= context ? tokens : tokens.slice(half * Math.ceil((tokens.length - context) / half));
  }

  // Reads these tokens, and returns what was computed at each of them. What it has read already is not read again.
  read(tokens) {
    const seen = this.window(tokens);
    let same = 0;
    while (same < seen.length && same < this.steps.length && this.steps[same].token === seen[same]) same++;
    this.steps.length = same;
    for (let place = same; place < seen.length; place++) this.steps.push(this.step(seen[place], place));
    return this.steps;
  }

  step(token, place) {
    const { weights, facts: { width, heads, layers } } = this, size = width / heads, step = { token, keys: [], told: [], looks: [] };
    const letter = weights["letter.weight"].subarray(token * width, (token + 1) * width), where = weights["place.weight"].subarray(place * width, (place + 1) * width);
    let x = norm(letter.map((value, at) => value + where[at]));
    step.parts = [x, new Float32Array(width), new Float32Array(width)];      // what is known of it: the letter and its place, what was brought, what the neurons say
    for (let layer = 0; layer < layers; layer++) {
      const of = name => weights[`layers.${layer}.${name}.weight`];
      const asked = times(of("ask"), norm(x), 3 * width);
      step.keys.push(asked.subarray(width, 2 * width));
      step.told.push(asked.subarray(2 * width));
      const before = [...this.steps.slice(0, place), step], brought = new Float32Array(width), looks = [];
      for (let head = 0; head < heads; head++) {
        const from = head * size, fits = new Float32Array(before.length);
        before.forEach((other, at) => {
          let fit = 0;
          for (let number = from; number < from + size; number++) fit += asked[number] * other.keys[layer][number];
          fits[at] = fit / Math.sqrt(size);
        });
        const attention = shares(fits);
        before.forEach((other, at) => {
          for (let number = from; number < from + size; number++) brought[number] += attention[at] * other.told[layer][number];
        });
        looks.push(attention);
      }
      step.looks.push(looks);
      const bring = times(of("bring"), brought, width);
      x = x.map((value, at) => value + bring[at]);
      const neurons = times(of("wide"), norm(x), 4 * width).map(value => Math.max(0, value));
      const said = times(of("narrow"), neurons, width);
      x = x.map((value, at) => value + said[at]);
      step.parts[1] = step.parts[1].map((value, at) => value + bring[at]);
      step.parts[2] = step.parts[2].map((value, at) => value + said[at]);
    }
    step.scores = times(weights["next.weight"], x, this.names.length);
    step.shares = shares(step.scores);
    return step;
  }

  // How much each of the three parts speaks for a token, against the mean of all tokens: exact, since the score is their plain sum.
  why(step, token) {
    const { width } = this.facts, matrix = this.weights["next.weight"];
    return step.parts.map(part => {
      const all = times(matrix, part, this.names.length);
      return all[token] - all.reduce((sum, value) => sum + value, 0) / all.length;
    });
  }
}

// Matrix (rows x columns) times a row of numbers.
function times(matrix, row, rows) {
  const columns = row.length, result = new Float32Array(rows);
  for (let y = 0, at = 0; y < rows; y++) {
    let sum = 0;
    for (let x = 0; x < columns; x++) sum += matrix[at++] * row[x];
    result[y] = sum;
  }
  return result;
}

function norm(row) {
  const loudness = row.reduce((sum, value) => sum + value * value, 0) / row.length;
  const quieter = 1 / Math.sqrt(loudness + 1e-5);
  return Float32Array.from(row, value => value * quieter);
}

function shares(row) {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float32Array.from(row, value => Math.exp(value - most));
  const whole = powers.reduce((sum, value) => sum + value, 0);
  return powers.map(value => value / whole);
}
