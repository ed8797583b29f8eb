// Runs the model beside the page, one picture after the other, with onnxruntime-web: WebAssembly, one thread. Read `answer`.
//
// Takes { load: { model, runtime, size } } once, then { id, pixels, how, edges, grey } (source.js). Says { ready }, { id, source, picture, milliseconds }
// or { failed }. Pixels are side × side, 4 bytes each.

import { prepared } from "./source.js";

let ort, session, side;

onmessage = async ({ data }) => {
  try {
    if (data.load) await load(data.load);
    else await answer(data);
  } catch (error) {
    postMessage({ failed: String(error?.message || error) });
  }
};

async function load({ model, runtime, size }) {
  side = size;
  ort = await import(`${runtime}ort.wasm.min.mjs`);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmPaths: runtime, proxy: false });
  ort.env.logLevel = "error";
  const file = await fetch(model);
  if (!file.ok) throw new Error("The model is not there (any more).");
  session = await ort.InferenceSession.create(new Uint8Array(await file.arrayBuffer()), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  postMessage({ ready: true });
}

async function answer({ id, pixels, how, edges: wanted, grey }) {
  const began = performance.now(), source = prepared(new Uint8ClampedArray(pixels), side, how, wanted, grey);
  const { picture } = await session.run({ source: new ort.Tensor("float32", asPlanes(source), [1, 3, side, side]) });
  const made = asPixels(picture.data);
  picture.dispose?.();
  postMessage({ id, source: source.buffer, picture: made.buffer, milliseconds: performance.now() - began }, [source.buffer, made.buffer]);
}

function asPlanes(pixels) {
  const planes = new Float32Array(3 * side * side);
  for (let channel = 0; channel < 3; channel++) for (let place = 0; place < side * side; place++) {
    planes[channel * side * side + place] = pixels[4 * place + channel] / 127.5 - 1;
  }
  return planes;
}

function asPixels(planes) {
  const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let channel = 0; channel < 3; channel++) for (let place = 0; place < side * side; place++) {
    pixels[4 * place + channel] = (planes[channel * side * side + place] + 1) * 127.5;
  }
  return pixels;
}
