// The model on the computer of the workbench: a picture goes there over one WebSocket, and its answer comes back. Read `openPlayer`.
//
// For browsers that cannot run it, or cannot make its sources. One picture is under way at a time; lib/ui/http/frames.py has the words.

const LONGEST = 512, AGAIN = [500, 1000, 2000, 5000];      // px of a frame; ms until it is tried again

// answered({ id, source, picture, milliseconds }): two ImageData; failed({ id, words }): this one will not do; state("waking" | "ready" | "away" | "over", words).
export function openPlayer(address, size, { answered, failed, state }) {
  const scratch = Object.assign(document.createElement("canvas"), { width: size, height: size }), small = scratch.getContext("2d", { willReadFrequently: true });
  const sheet = document.createElement("canvas");
  const player = { isReady: false };
  let socket = null, tries = 0, id = 0, is_over = false;

  player.open = () => {
    if (socket || is_over) return;
    socket = new WebSocket(new URL(address, location).href.replace(/^http/, "ws"));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => hear(new Uint8Array(data));
    socket.onclose = () => {
      const asked = id;
      socket = null;
      id = 0;
      player.isReady = false;
      if (is_over) return;
      state("away");
      if (asked) failed({ id: asked, words: "" });
      setTimeout(player.open, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
    };
  };

  // picture: a canvas, a video or a bitmap of so many pixels. mirror: turned round before it goes. ready: it is a source already.
  player.send = async (now, picture, width, height, { mirror, ready }) => {
    id = now;
    const scale = ready ? 1 : Math.min(1, LONGEST / Math.max(width, height));
    Object.assign(sheet, { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
    const to = sheet.getContext("2d");
    if (mirror) { to.translate(sheet.width, 0); to.scale(-1, 1); }
    to.drawImage(picture, 0, 0, sheet.width, sheet.height);
    const blob = await new Promise(done => sheet.toBlob(done, ready ? "image/png" : "image/jpeg", 0.9));
    if (socket?.readyState === WebSocket.OPEN) socket.send(new Blob([ready ? "1" : "0", blob]));
    else if (id) { id = 0; failed({ id: now, words: "" }); }
  };

  async function hear(message) {
    const end = message.indexOf(10), told = JSON.parse(new TextDecoder().decode(message.subarray(0, end))), asked = id;
    const words = told.error ? `${told.error.what} ${told.error.why} ${told.error.fix}`.trim() : "";
    if (told.over) { is_over = true; state("over", words); return; }
    if (told.waking) { state("waking"); return; }
    id = 0;
    if (told.ready) {
      Object.assign(player, { isReady: true });
      tries = 0;
      if (asked) failed({ id: asked, words: "" });      // the player that had it has ended
      state("ready");
      return;
    }
    if (words) { failed({ id: asked, words }); return; }
    const [source, picture] = [await pixels(message.slice(end + 1, end + 1 + told.source)), await pixels(message.slice(end + 1 + told.source))];
    answered({ id: asked, source, picture, milliseconds: told.milliseconds });
  }

  async function pixels(png) {
    const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
    small.drawImage(bitmap, 0, 0, size, size);
    bitmap.close();
    return small.getImageData(0, 0, size, size);
  }

  return player;
}
