// Edges as lib/steps/drawing.py draws them (Canny 1986, with OpenCV's arithmetic), so that a camera's picture looks like the
// sources that a model has learned from. Read `edges`.
//
// rgba: side × side pixels, 4 bytes each. Returns one byte a pixel: black lines on white paper, or white ones on black.

const LEAST = 40, WEAK = 0.4, STRONG = 2, MAYBE = 1;

export function edges(rgba, side, { amount, calm, thickness, black }) {
  const [across, down] = gradients(softened(rgba, side, side * calm / 100), side);
  const strong = Math.max(quantile(across, down, 1 - amount), LEAST);
  const lines = thicker(canny(across, down, side, Math.floor((WEAK * strong) ** 2), Math.floor(strong ** 2)), side, thickness);
  return lines.map(line => (line === 1) === black ? 255 : 0);
}

// Three planes, one behind the other, softened and rounded. What lies outside is as the border is.
function softened(rgba, side, sigma) {
  const planes = [0, 1, 2].map(channel => Float32Array.from({ length: side * side }, (_, place) => rgba[4 * place + channel]));
  if (sigma <= 0.1) return planes;
  const reach = Math.max(1, (Math.round(sigma * 6 + 1) | 1) >> 1), kernel = [];
  for (let step = -reach; step <= reach; step++) kernel.push(Math.exp(-step * step / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, part) => total + part), within = at => Math.min(side - 1, Math.max(0, at));
  const pass = (plane, dx, dy) => {
    const out = new Float32Array(side * side);
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
      let total = 0;
      for (let step = -reach; step <= reach; step++) total += kernel[step + reach] * plane[within(y + dy * step) * side + within(x + dx * step)];
      out[y * side + x] = total / sum;
    }
    return out;
  };
  return planes.map(plane => pass(pass(plane, 1, 0), 0, 1).map(Math.round));
}

// Sobel, of the channel in which it is strongest.
function gradients(planes, side) {
  const across = new Int16Array(side * side), down = new Int16Array(side * side);
  for (let y = 0; y < side; y++) {
    const above = Math.max(0, y - 1) * side, here = y * side, below = Math.min(side - 1, y + 1) * side;
    for (let x = 0; x < side; x++) {
      const left = Math.max(0, x - 1), right = Math.min(side - 1, x + 1), place = here + x;
      for (const plane of planes) {
        const a = plane[above + left], c = plane[above + right], g = plane[below + left], i = plane[below + right];
        const dx = c - a + 2 * (plane[here + right] - plane[here + left]) + i - g, dy = g - a + 2 * (plane[below + x] - plane[above + x]) + i - c;
        if (Math.abs(dx) > Math.abs(across[place])) across[place] = dx;
        if (Math.abs(dy) > Math.abs(down[place])) down[place] = dy;
      }
    }
  }
  return [across, down];
}

// Linear between the two nearest, as NumPy has it.
function quantile(across, down, share) {
  const sizes = Float32Array.from(across, (dx, place) => Math.hypot(dx, down[place])).sort();
  const at = share * (sizes.length - 1), under = Math.floor(at), over = Math.min(sizes.length - 1, under + 1);
  return sizes[under] + (at - under) * (sizes[over] - sizes[under]);
}

// Thin lines: the strongest across a line, above `high`, and what hangs on it above `low`. Both squared.
function canny(across, down, side, low, high) {
  const found = new Uint8Array(side * side), open = [];
  const size = (x, y) => x < 0 || y < 0 || x >= side || y >= side ? 0 : across[y * side + x] ** 2 + down[y * side + x] ** 2;
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const place = y * side + x, dx = across[place], dy = down[place], here = dx * dx + dy * dy;
    if (here <= low) continue;
    const wide = Math.abs(dx) * 13573, tall = Math.abs(dy) * 32768, slant = (dx ^ dy) < 0 ? -1 : 1;
    const is_peak = tall < wide ? here > size(x - 1, y) && here >= size(x + 1, y)
      : tall > wide + Math.abs(dx) * 65536 ? here > size(x, y - 1) && here >= size(x, y + 1)
        : here > size(x - slant, y - 1) && here > size(x + slant, y + 1);
    if (!is_peak) continue;
    found[place] = here > high ? STRONG : MAYBE;
    if (here > high) open.push(place);
  }
  while (open.length) {
    const place = open.pop(), x = place % side, y = (place - x) / side;
    for (let v = Math.max(0, y - 1); v <= Math.min(side - 1, y + 1); v++) for (let u = Math.max(0, x - 1); u <= Math.min(side - 1, x + 1); u++) {
      if (found[v * side + u] === MAYBE) { found[v * side + u] = STRONG; open.push(v * side + u); }
    }
  }
  return found.map(one => one === STRONG ? 1 : 0);
}

// Each pixel of a line becomes a disc of so many pixels (OpenCV's MORPH_ELLIPSE).
function thicker(lines, side, thickness) {
  if (thickness < 2) return lines;
  const half = thickness >> 1, disc = [], out = new Uint8Array(side * side);
  for (let row = 0; row < thickness; row++) {
    if (Math.abs(row - half) > half) continue;
    const reach = Math.round(half * Math.sqrt((half * half - (row - half) ** 2) / (half * half)));
    for (let column = Math.max(half - reach, 0); column < Math.min(half + reach + 1, thickness); column++) disc.push([column - half, row - half]);
  }
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    out[y * side + x] = disc.some(([dx, dy]) => x + dx >= 0 && y + dy >= 0 && x + dx < side && y + dy < side && lines[(y + dy) * side + x + dx]) ? 1 : 0;
  }
  return out;
}
