// What is made in the browser waits here until the server has it. Read `openDesk`; camera.js, drawing.js and microphone.js stand on it.
//
// An entry: { token, room, kind, state, about, content, refused }. state: "draft" (only kept), "waiting" (to be sent), "refused"
// (the server said no, and why). content: an ArrayBuffer. Entries lie in IndexedDB, so a reload loses none; where a browser has
// none (some private windows), in memory. They are sent one after the other, each until it is answered; the token lets the
// server know again what it has already.

const newToken = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");

// desk.data: what the page says now. desk.changed(): draw anew. desk.answered(entry, answer): it is in.
function openDesk(kind, { data, root, changed, answered }) {
  const desk = { data, changed, answered, entries: [], trouble: "" };
  const shelf = openShelf();

  desk.ready = shelf.all(data.room, kind).then(kept => {
    desk.entries = [...kept, ...desk.entries];
    desk.changed();
    go();
  });

  // Called at each update of the page, and once before: hears which events the server has heard of.
  desk.update = (next, setTriggerValue) => {
    desk.data = next;
    desk.tell = openQueue(root, next.heard, setTriggerValue).tell;
    desk.changed();
  };

  // ---- entries

  desk.keep = async entry => {
    if (!desk.entries.includes(entry)) desk.entries.push(entry);
    await shelf.put(entry);
    desk.changed();
    if (entry.state === "waiting") go();
  };

  desk.forget = async entry => {
    desk.entries = desk.entries.filter(one => one !== entry);
    await shelf.remove(entry.token);
    desk.changed();
  };

  desk.waiting = () => desk.entries.filter(entry => entry.state === "waiting");

  let under_way = false, timer = 0, pause = 1000;

  async function go() {
    clearTimeout(timer);
    if (under_way) return;
    under_way = true;
    for (let entry = desk.waiting()[0]; entry; entry = desk.waiting()[0]) {
      const answer = await desk.ask(entry).catch(() => null);
      if (!answer) { desk.trouble = "network"; break; }
      if (answer.later) { desk.trouble = answer.later; break; }
      desk.trouble = "";
      pause = 1000;
      if (answer.refused) { entry.state = "refused"; entry.refused = answer.refused; await shelf.put(entry); }
      else {
        await desk.forget(entry);
        desk.answered(entry, answer);
      }
      desk.changed();
    }
    under_way = false;
    if (desk.waiting().length) {
      timer = setTimeout(go, pause);
      pause = Math.min(pause * 2, 15000);
      desk.changed();
    }
  }

  desk.go = go;
  addEventListener("online", go);

  // The server's answer to one entry; {later: why} where it is to be asked again; throws where there is no network.
  desk.ask = (entry, more = {}) => post({ ...entry.about, token: entry.token, kind: entry.kind, ...more }, entry.content);

  async function post(about, content) {
    const answer = await fetch(desk.data.address, {
      method: "POST", headers: { "X-Handmade": "1", "Content-Type": "application/octet-stream" },
      body: new Blob([JSON.stringify(about), "\n", content]), signal: AbortSignal.timeout(120000),
    });
    const said = await answer.json();       // what is no answer of ours (a proxy's page) counts as no network
    if ([429, 507].includes(answer.status)) return { later: [said.refused.what, said.refused.fix].join(" ") };
    return said;
  }

  return desk;
}

// A drawer of the browser's own (IndexedDB), or one in memory.
function openShelf() {
  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("handmade", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("unsent", { keyPath: "token" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  }).catch(() => null);

  const work = (mode, what) => opened.then(base => base && new Promise(resolve => {
    const asked = what(base.transaction("unsent", mode).objectStore("unsent"));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(null);
  })).catch(() => null);

  return {
    put: entry => work("readwrite", store => store.put(entry)),
    remove: token => work("readwrite", store => store.delete(token)),
    all: (room, kind) => work("readonly", store => store.getAll()).then(all =>
      (all || []).filter(entry => entry.room === room && entry.kind === kind).sort((a, b) => a.made - b.made)),
  };
}

// "2 drawings wait in this browser …": what is not in yet, in one sentence; "" where all is in.
function unsentWords(desk, one, several) {
  const count = desk.waiting().length;
  if (!count || !desk.trouble) return "";
  const what = count === 1 ? `1 ${one} waits` : `${count} ${several} wait`;
  const why = desk.trouble === "network" ? "The server does not answer." : desk.trouble;
  return `${why} ${what} in this browser, also after a reload, and ${count === 1 ? "is" : "are"} sent as soon as it answers.`;
}

