// The camera of this computer or phone: one picture after the other, or many in a row. Read `take` first.
//
// data: { room, address, consent, missing, heard }. A picture that was taken waits in recorder.js until the server has it, so
// that the next one can be taken at once. The camera is opened by a press only, and closed as soon as this is left.

const CHOICES = "handmade.camera", SHOWN = 8;
const REASONS = {
  insecure: "This browser opens a camera only at an https address, or on this computer itself (localhost). Take pictures with the phone's own camera and bring them with Files.",
  NotAllowedError: "The camera was refused. Allow it beside the address of this page (the camera sign), then open it again. Or bring pictures with Files.",
  NotFoundError: "There is no camera here. Plug one in and open it again, or bring pictures with Files.",
  NotReadableError: "Another program holds the camera. Close it there and open it here again, or bring pictures with Files.",
};
REASONS.OverconstrainedError = REASONS.NotFoundError;
REASONS.SecurityError = REASONS.NotAllowedError;
REASONS.AbortError = REASONS.NotReadableError;

export default function ({ data: packed, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(packed));
  const root = parentElement.querySelector(".camera");
  if (!root.booth) root.booth = setUp(root, data);
  root.booth.desk.update(data, setTriggerValue);
}

function setUp(root, data) {
  const find = name => root.querySelector("." + name);
  const live = find("live"), paper = document.createElement("canvas");
  const booth = { count: 10, pause: 1, square: false, which: "", ...recall(), added: [], stream: null, shots: [] };
  let told = "", burst = null, opening = false, news = 0;
  let owed = false;   // a press that came while the camera was still beginning

  booth.desk = openDesk("shot", {
    data, root, changed: show,
    answered: (entry, { item, number, is_new }) => {
      if (item && is_new) booth.added.push({ item, number, token: entry.token });
      if (!burst) told = is_new ? `Number ${number} is in.` : `This is number ${number}; it was here already.`;
      // The page draws its grid anew: once for several that come in close behind each other.
      news ||= setTimeout(() => { news = 0; booth.desk.tell({ action: "in", id: item }); }, 800);
    },
  });

  // ---- taking

  const can = () => booth.stream && booth.desk.data.consent && !live.paused && live.readyState >= live.HAVE_CURRENT_DATA;

  async function take() {
    owed = !can() && !!booth.stream && !!booth.desk.data.consent;
    if (!can()) { show(); return; }
    const wide = live.videoWidth, high = live.videoHeight, side = Math.min(wide, high);
    const [w, h] = booth.square ? [side, side] : [wide, high];
    paper.width = w;
    paper.height = h;
    paper.getContext("2d").drawImage(live, (wide - w) / 2, (high - h) / 2, w, h, 0, 0, w, h);
    find("shutter").classList.remove("now");
    void find("shutter").offsetWidth;
    find("shutter").classList.add("now");
    const about = { consent: booth.desk.data.consent };
    const jpeg = await new Promise(done => paper.toBlob(done, "image/jpeg", 0.95));
    if (!jpeg) return;
    const entry = {
      token: newToken(), room: data.room, kind: "shot", state: "waiting", made: Date.now(), about, content: await jpeg.arrayBuffer(), refused: null,
    };
    booth.shots.push({ token: entry.token, url: URL.createObjectURL(jpeg) });
    while (booth.shots.length > SHOWN) URL.revokeObjectURL(booth.shots.shift().url);
    if (!burst) told = "";
    booth.desk.keep(entry);
  }

  function start() {
    if (!can() || burst) return;
    burst = { left: booth.count, of: booth.count };
    const step = () => {
      if (!burst || !can()) { finish(); return; }
      take();
      burst.left -= 1;
      told = `${burst.of - burst.left} of ${burst.of}`;
      if (burst.left > 0) burst.timer = setTimeout(step, booth.pause * 1000);
      else finish();
      show();
    };
    step();
  }

  function finish() {
    if (!burst) return;
    clearTimeout(burst.timer);
    told = `${burst.of - burst.left} taken.`;
    burst = null;
    show();
  }

  // The last one that was taken: before it was sent, or out of the project again (the page offers to bring it back).
  async function deleteLast(chosen = lastOne()) {
    const { entry, added } = chosen;
    if (entry && booth.desk.waiting().includes(entry)) {
      drop(entry.token);
      told = "The last one is gone; it was not sent yet.";
      await booth.desk.forget(entry);
    } else if (booth.added.includes(added)) {
      const { item, number, token } = added;
      booth.added = booth.added.filter(one => one !== added);
      drop(token);
      booth.desk.tell({ action: "remove", id: item });
      told = `Number ${number} is out again.`;
    }
    show();
  }

  // What the button speaks of. In a row the last one is another at each moment: then it is one that has its number.
  function lastOne() {
    const entry = burst ? null : booth.desk.waiting().at(-1);
    return { entry, added: entry ? null : booth.added.at(-1) };
  }

  function drop(token) {
    const shot = booth.shots.find(one => one.token === token);
    if (shot) URL.revokeObjectURL(shot.url);
    booth.shots = booth.shots.filter(one => one !== shot);
  }

  // ---- the camera itself

  async function open(which = booth.which) {
    if (opening) return;
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) { close(REASONS.insecure); return; }
    opening = true;
    show();
    const size = { width: { ideal: 1920 }, height: { ideal: 1080 } };
    try {
      const wanted = which ? { deviceId: { exact: which } } : { facingMode: { ideal: "environment" } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: { ...size, ...wanted }, audio: false })
        .catch(error => which && error.name === "OverconstrainedError" ? navigator.mediaDevices.getUserMedia({ video: size, audio: false }) : Promise.reject(error));
      stopStream();
      booth.stream = stream;
      if (!root.isConnected) { stopStream(); return; }
      live.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => booth.stream === stream && close("The camera was closed, or unplugged."));
      await live.play().catch(() => null);
      await list();
      watch();
    } catch (error) {
      close(REASONS[error.name] || `The camera does not open (${error.message || error.name}). Bring pictures with Files.`);
    } finally {
      opening = false;
      show();
    }
  }

  async function list() {
    const track = booth.stream.getVideoTracks()[0], now = track.getSettings();
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(one => one.kind === "videoinput");
    root.classList.toggle("is-front", now.facingMode === "user" || (!now.facingMode && !/back|rear|environment/i.test(track.label)));
    find("choice").hidden = cameras.length < 2;
    find("which").replaceChildren(...cameras.map((camera, place) => new Option(nameOf(camera.label, place), camera.deviceId, false, camera.deviceId === now.deviceId)));
  }

  const nameOf = (label, place) => /back|rear|environment/i.test(label) ? `Back camera (${label})` : /front|user/i.test(label) ? `Front camera (${label})` : label || `Camera ${place + 1}`;

  function stopStream() {
    booth.stream?.getTracks().forEach(track => track.stop());
    booth.stream = null;
    live.srcObject = null;
  }

  function close(why = "") {
    finish();
    stopStream();
    owed = false;
    booth.why = why;
    show();
  }

  // Nobody is filmed who has left this.
  function watch() {
    clearInterval(booth.watch);
    booth.watch = setInterval(() => {
      if (root.isConnected && booth.stream) return;
      clearInterval(booth.watch);
      if (booth.stream) close();
    }, 500);
  }

  // ---- what is shown

  function show() {
    const { desk } = booth, unsent = desk.waiting().length, ready = !!can();
    root.classList.toggle("is-open", !!booth.stream);
    root.classList.toggle("is-square", booth.square);
    find("finder").style.aspectRatio = !booth.square && live.videoWidth ? `${live.videoWidth} / ${live.videoHeight}` : "";
    find("open").disabled = opening;
    find("open").textContent = opening ? "Opening it" : booth.why ? "Open it again" : "Open the camera";
    say("why", booth.why || "The picture stays on this computer. Nothing is taken before you press.");
    find("take").disabled = !ready;
    find("take").classList.toggle("primary", ready);
    say("missing", desk.data.missing || (booth.stream ? "" : "First open the camera."));
    find("missing").hidden = !find("missing").textContent;
    find("burst").disabled = !ready || !!burst;
    say("burst", `Take ${booth.count} in a row`);
    find("stop").hidden = !burst;
    if (root.getRootNode().activeElement !== find("count")) find("count").value = booth.count;
    if (root.getRootNode().activeElement !== find("pause")) find("pause").value = booth.pause;
    find("square").checked = booth.square;
    find("close").hidden = !booth.stream;
    say("said", told || (unsent && !desk.trouble ? "It is on its way in." : ""));
    say("unsent", unsentWords(desk, "picture", "pictures"));
    find("unsent").hidden = !find("unsent").textContent;
    const of = lastOne();
    find("last").hidden = !of.entry && !of.added;
    say("last", of.entry ? "Delete the last one" : of.added ? `Delete ${burst ? "" : "the last one, "}number ${of.added.number}` : "");
    strip();
    refusals();
  }

  function say(name, words) {
    if (find(name).textContent !== words) find(name).textContent = words;
  }

  function strip() {
    const there = new Map([...find("strip").children].map(image => [image.dataset.token, image]));
    booth.shots.forEach(({ token, url }) => {
      const image = there.get(token) || Object.assign(document.createElement("img"), { src: url });
      image.dataset.token = token;
      image.setAttribute("role", "listitem");
      const number = booth.added.find(one => one.token === token)?.number;
      image.alt = number ? `Number ${number}` : "Taken a moment ago";
      there.delete(token);
      find("strip").append(image);
    });
    there.forEach(image => image.remove());
  }

  function refusals() {
    const wrong = booth.desk.entries.filter(entry => entry.state === "refused");
    find("refused").replaceChildren(...wrong.map(entry => {
      const said = document.createElement("p"), again = document.createElement("button"), away = document.createElement("button");
      said.className = "wrong small";
      said.textContent = Object.values(entry.refused).filter(Boolean).join(" ") + " ";
      Object.assign(again, { type: "button", textContent: "Try again", onclick: () => {
        Object.assign(entry, { state: "waiting", about: { ...entry.about, consent: booth.desk.data.consent || entry.about.consent } });
        booth.desk.keep(entry);
      } });
      Object.assign(away, { type: "button", textContent: "Delete it", onclick: () => booth.desk.forget(entry) });
      said.append(again, " ", away);
      return said;
    }));
  }

  // ---- once

  function set(choice) {
    Object.assign(booth, choice);
    try { localStorage.setItem(CHOICES, JSON.stringify({ count: booth.count, pause: booth.pause, square: booth.square, which: booth.which })); } catch { /* kept nowhere */ }
    show();
  }

  const within = (value, low, high, usual) => Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : usual;
  const on = (name, what, work) => find(name).addEventListener(what, work);
  on("open", "click", () => open());
  on("close", "click", () => close());
  on("take", "click", take);
  on("burst", "click", start);
  on("stop", "click", finish);
  let aim = null;     // what stood on the button when it was pressed down, whatever comes in until it is let go
  on("last", "pointerdown", () => { aim = lastOne(); });
  on("last", "click", event => { deleteLast((event.detail && aim) || undefined); aim = null; });
  on("count", "change", () => set({ count: Math.round(within(find("count").valueAsNumber, 2, 200, 10)) }));
  on("pause", "change", () => set({ pause: within(find("pause").valueAsNumber, 0.2, 60, 1) }));
  on("square", "change", () => set({ square: find("square").checked }));
  on("which", "change", () => { set({ which: find("which").value }); open(find("which").value); });
  live.addEventListener("pause", () => { if (booth.stream) live.play().catch(() => null); });     // a page that is drawn anew may move it, which pauses it
  for (const begins of ["loadeddata", "playing"]) live.addEventListener(begins, () => { show(); if (owed) take(); });
  root.addEventListener("keydown", event => event.stopPropagation());     // Streamlit's own keys stay quiet here
  document.addEventListener("keydown", function keys(event) {
    if (!root.isConnected) { if (!booth.stream) document.removeEventListener("keydown", keys, true); return; }
    const target = event.composedPath()[0], is_field = target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], summary");
    if (!booth.stream || is_field || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const is_other_button = target.closest?.("button, a, [role=button], [role=radio], input") && !root.contains(target);
    if (event.key === " " && !is_other_button && (!target.closest?.("button, input") || target === find("take"))) take();
    else if (event.key === "Backspace" && root.contains(target)) deleteLast();
    else return;
    event.preventDefault();
  }, true);
  show();
  return booth;
}

function recall() {
  try { return JSON.parse(localStorage.getItem(CHOICES)) || {}; } catch { return {}; }
}
