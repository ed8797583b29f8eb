// A camera leads the voice, simply and honestly: where something moves (or where it is brightest) is how high, how much moves is how loud.
// Read `Eye.look`. Knows no page; nothing is recognised, nothing is kept.

const STILL = 14, MUCH = 0.02, CALMS = 0.75;    // of 255, by which a pixel differs by chance; share of the picture that moves at the loudest; of the motion that is left after a picture
const BRIGHTEST = 0.01;                         // share of the pixels that count as the bright spot

export class Eye {
  constructor() {
    this.before = null;
    this.height = 0.5;
    this.across = 0.5;
    this.motion = 0;
  }

  // rgba: of a small picture. by: "motion" or "light". Returns {height, across, motion}, each 0 to 1; height is 1 at the top.
  look(rgba, width, height, by = "motion") {
    const grey = Float32Array.from({ length: width * height }, (_, at) => 0.3 * rgba[4 * at] + 0.59 * rgba[4 * at + 1] + 0.11 * rgba[4 * at + 2]);
    const before = this.before?.length === grey.length ? this.before : grey;
    const moved = grey.map((value, at) => Math.max(0, Math.abs(value - before[at]) - STILL));
    const share = moved.reduce((sum, value) => sum + Math.min(1, value / 60), 0) / moved.length;
    this.before = grey;
    this.motion = Math.max(this.motion * CALMS, Math.min(1, Math.sqrt(share / MUCH)));
    const weights = by === "light" ? this.light(grey) : moved;
    let sum = 0, across = 0, down = 0;
    for (let at = 0; at < weights.length; at++) {
      if (!weights[at]) continue;
      sum += weights[at];
      across += weights[at] * (at % width);
      down += weights[at] * Math.floor(at / width);
    }
    if (sum > 0 && (by === "light" || share > 0.0005)) {
      this.height += 0.5 * (1 - down / sum / (height - 1) - this.height);
      this.across += 0.5 * (across / sum / (width - 1) - this.across);
    }
    return { height: this.height, across: this.across, motion: this.motion };
  }

  light(grey) {
    const least = Float32Array.from(grey).sort()[Math.floor(grey.length * (1 - BRIGHTEST))];
    return grey.map(value => value >= least ? 1 : 0);
  }
}
