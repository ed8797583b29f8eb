// What the desk looks like: every part is drawn from the row that one is at, and from nothing else. Read `draw`.
// These are methods of Desk (one_by_one.js), in a file of their own.

Object.assign(Desk.prototype, {
  draw() {
    const row = this.row();
    this.drawState();
    this.drawCount();
    this.drawTime();
    this.part(".panel").hidden = !row;
    this.part(".nothing").hidden = Boolean(row);
    this.drawThing(row);
    if (!row) return this.drawNothing();
    this.drawAbout();
    this.drawField("caption", row.caption);
    this.drawField("note", row.note, Boolean(row.note) || this.opened.has("note"));
    this.drawField("transcript", row.transcript, row.kind === "sound");
    this.drawField("why", row.excluded === true || row.excluded === "excluded by hand" ? "" : row.excluded, Boolean(row.excluded));
    this.drawClasses(row);
    this.drawTags(row);
    this.drawPair(row);
    this.drawSuggestions(row);
    this.drawActs(row);
  },

  drawNothing() {
    const { is_loaded, rows } = this;
    this.part(".nothing").textContent = !is_loaded ? "One moment …" : rows.total ? (rows.at(this.rank)?.gone ? "This one is gone: somebody has removed it." : "One moment …")
      : this.filter?.includes("labelled=no") ? "Nothing is left here without a label." : "Nothing here is like that. Choose less in the filter above.";
  },

  drawCount() {
    const { labelled = 0, total = 0 } = this.rows;
    write(this.part(".count"), this.is_loaded ? `${labelled.toLocaleString("en")} of ${total.toLocaleString("en")} labelled` : "");
    this.part(".head .open").hidden = !this.is_loaded || !this.rows.open.size;
    this.part(".meter div").style.width = total ? percent(labelled / total) : "0";
  },

  drawTime() {
    const minutes = Math.floor(this.clock.seconds() / 60), on = this.clock.on;
    write(this.part(".minutes"), !this.is_loaded ? "" : on ? `${minutes ? minutes + " min" : "less than a minute"} today, counted while you work` : "time is not counted");
    write(this.part(".switch"), on ? "switch off" : "count it");
    this.part(".switch").hidden = !this.is_loaded;
  },

  drawState() {
    const { queue } = this, count = queue.waiting(), several = count === 1 ? "1 change waits" : `${count} changes wait`;
    let said = "";
    if (queue.failures && count) said = queue.trouble ? `${several} in this browser. ${queue.trouble}` : `${several} in this browser; ${count === 1 ? "it goes" : "they go"} as soon as the network is back.`;
    else if (queue.full && count) said = "The memory of this browser is full: keep this page open until everything is saved.";
    else if (this.is_loaded) said = count ? "saving …" : "all saved";
    write(this.part(".state"), said);
    this.part(".state").classList.toggle("waits", Boolean(queue.failures && count));
    this.root.dataset.waiting = count;
    this.drawNotices();
  },

  // ---- the thing itself

  drawThing(row) {
    const kind = row?.kind;
    this.part(".frame").hidden = kind !== "image";
    this.part(".sound").hidden = kind !== "sound";
    this.part(".text").hidden = kind !== "text";
    this.root.dataset.kind = kind || "";
    this.part(".way.back").disabled = this.rank <= 0;
    this.part(".way.on").disabled = this.rank >= this.rows.total - 1;
    this.part(".stage").setAttribute("aria-label", row ? this.inWords() : "Datapoint");
    this.part(".stage").classList.toggle("left-out", Boolean(row?.excluded));
    if (!row) { this.shown = null; return; }
    const isOther = this.shown !== row.id;
    this.shown = row.id;
    if (kind === "image") this.drawPicture(row, isOther);
    else if (isOther) { if (kind === "sound") this.drawSound(row); else this.drawText(row); }
    if (kind !== "sound" && isOther) { this.part("audio").pause(); }
    this.preload();
  },

  drawPicture(row, isOther) {
    if (isOther || this.image !== this.pictures.get(row.id)) {
      this.image = this.picture(row);
      this.part(".thing").replaceChildren(this.image);
      this.part(".frame").style.backgroundImage = this.image.complete ? "" : `url("${row.small}")`;
      this.fit();
      this.marks.turn();
    } else this.marks.draw();
    if (!row.misses || this.image.naturalWidth) this.image.alt = row.caption || row.source_name || `Picture ${row.number}`;
  },

  picture(row) {
    let image = this.pictures.get(row.id);
    if (!image) {
      image = Object.assign(new Image(), { decoding: "sync", draggable: false, src: row.picture });
      image.onload = () => { if (image === this.image) { this.part(".frame").style.backgroundImage = ""; this.fit(); } };
      image.onerror = () => this.missed(row, image);
    }
    this.pictures.delete(row.id);
    this.pictures.set(row.id, image);       // the latest stand last
    return image;
  },

  // The network is gone, or the file: it is asked for again, more and more slowly.
  missed(row, image) {
    this.pictures.delete(row.id);
    if (image !== this.image) return;
    image.alt = "This one cannot be shown now. What you say about it is kept all the same.";
    row.misses = (row.misses || 0) + 1;
    setTimeout(() => { if (this.shown === row.id) this.draw(); }, Math.min(30_000, 1500 * 2 ** row.misses));
  },

  // The pictures on the way, and the one that one came from, are there before they are asked for.
  preload() {
    for (const by of [-2, 8, 7, 6, 5, 4, -1, 3, 2, 1].map(by => by * this.toward)) {
      const row = this.rows.at(this.rank + by);
      if (row?.kind === "image") this.picture(row).decode().catch(() => {});
    }
    if (this.image) { const id = this.shown; if (this.pictures.has(id)) this.picture(this.rows.known.get(id)); }
    for (const id of [...this.pictures.keys()].slice(0, Math.max(0, this.pictures.size - KEPT_PICTURES))) this.pictures.delete(id);
  },

  // As large as the place allows, in its own shape. Small drawings keep their pixels.
  fit() {
    const place = this.part(".middle"), { w, h } = this.size(), scale = Math.min(place.clientWidth / w, place.clientHeight / h);
    const frame = this.part(".frame");
    Object.assign(frame.style, { width: Math.floor(w * scale) + "px", height: Math.floor(h * scale) + "px" });
    frame.classList.toggle("pixels", scale > 5);
  },

  drawSound(row) {
    const sound = this.part("audio"), wave = this.part(".wave img");
    sound.src = row.original;
    wave.src = row.picture;
    wave.alt = `The waveform of number ${row.number}`;
    this.part(".wave i").style.left = "0";
  },

  async drawText(row) {
    const text = this.part(".text");
    text.textContent = row.words;
    text.scrollTop = 0;
    if ((row.facts.characters || 0) <= row.words.length) return;
    if (!this.data.files) { append(text, "em", "", `… the first ${row.words.length.toLocaleString("en")} characters.`); return; }
    try {
      const whole = await (await fetch(row.original)).text();
      if (this.shown === row.id) text.textContent = whole.slice(0, 200_000);
    } catch { append(text, "em", "", " … the rest comes when the network is back."); }
  },

  // ---- words

  drawAbout(anew = false) {
    const row = this.row(), field = this.part(".number"), facts = row.facts || {};
    if (anew || field !== this.active()) field.value = row.number;
    field.style.width = Math.max(2, String(row.number).length) + 1 + "ch";
    const size = facts.width ? `${facts.width} × ${facts.height} px` : facts.seconds ? `${facts.seconds.toFixed(1)} s` : facts.characters ? `${facts.characters.toLocaleString("en")} characters` : "";
    write(this.part(".facts"), [`${(this.rank + 1).toLocaleString("en")} of ${this.rows.total.toLocaleString("en")}`, row.person, size, row.source_name].filter(Boolean).join(" · "));
  },

  active() { return this.root.getRootNode().activeElement; },

  drawField(name, value = "", isShown = true) {
    const field = this.part("." + name), box = field.querySelector("textarea, input");
    field.hidden = !isShown;
    if (box.row !== this.shown || box !== this.active()) box.value = value || "";
    box.row = this.shown;
    if (box.matches("textarea")) grow(box);
  },

  drawClasses(row) {
    const shape = JSON.stringify(this.classes), holder = this.part(".classes");
    if (holder.shape !== shape) this.layClasses(holder, shape);
    holder.querySelectorAll("[data-class]").forEach(button => button.setAttribute("aria-pressed", button.dataset.class === row.class_name));
  },

  layClasses(holder, shape) {
    const before = holder.querySelector(".new-class"), isTyped = before && before === this.active();
    holder.shape = shape;
    holder.replaceChildren();
    this.classes.forEach((name, place) => {
      const button = act(holder, "", () => this.setClass(name));
      button.dataset.class = name;
      if (place < 10) append(button, "kbd", "", String((place + 1) % 10));
      button.append(name);
    });
    const field = append(holder, "input", "new-class");
    Object.assign(field, { placeholder: "+ class", maxLength: 60, autocomplete: "off", ariaLabel: "A new class" });
    field.enter = name => {
      if (!name.trim()) { field.blur(); return this.focus(); }
      field.value = "";
      this.addClass(name);
      this.part(".new-class").focus();      // the list was laid anew
      this.tell(`This one is now “${this.row().class_name}”. Type another class, or press Enter: then keys are on again.`, true);
    };
    field.value = before?.value || "";
    if (isTyped) field.focus();
    if (this.classes.length) act(holder, "edit", () => this.editClasses()).className = "plain";
  },

  addClass(words) {
    const name = words.split(/\s+/).filter(Boolean).join(" ");
    if (!name) return;
    if (!this.classes.includes(name)) { this.classes = [...this.classes, name]; this.queue.add({ classes: this.classes }); }
    if (this.row()?.class_name !== name) this.set("class_name", name);
    this.draw();
  },

  drawTags(row) {
    const holder = this.part(".tags"), shape = JSON.stringify([row.id, row.tags, this.tags.length]);
    if (holder.shape === shape) return;
    holder.shape = shape;
    if (!holder.field) this.layTags(holder);
    holder.querySelectorAll(".tag").forEach(tag => tag.remove());
    for (const tag of row.tags) {
      const chip = Object.assign(document.createElement("button"), { type: "button", className: "tag", textContent: tag, ariaLabel: `Tag ${tag}: take it away` });
      chip.addEventListener("click", () => { this.set("tags", this.row().tags.filter(one => one !== tag)); this.focus(); });
      holder.insertBefore(chip, holder.field.parentElement);
    }
    holder.list.replaceChildren(...this.tags.filter(tag => !row.tags.includes(tag)).map(tag => Object.assign(document.createElement("option"), { value: tag })));
  },

  layTags(holder) {
    const label = append(holder, "label", "new-tag");
    holder.field = append(label, "input");
    append(label, "kbd", "", "t");
    Object.assign(holder.field, { placeholder: "+ tag", maxLength: 100, autocomplete: "off", ariaLabel: "A new tag" });
    holder.field.setAttribute("list", "known-tags");
    holder.field.enter = words => {
      if (!words.trim()) { holder.field.blur(); return this.focus(); }
      words.split(",").forEach(word => this.addTag(word));
      holder.field.value = "";
    };
    holder.field.addEventListener("blur", () => { if (holder.field.value.trim()) holder.field.enter(holder.field.value); });
    holder.list = append(holder, "datalist");
    holder.list.id = "known-tags";
  },

  drawActs(row) {
    const holder = this.part(".acts");
    if (!holder.children.length) for (const [key, name, words] of ACTS) {
      const button = act(holder, "", () => { this.actOf(key)(); });
      button.dataset.act = name;
      append(button, "kbd", "", key);
      button.append(words);
    }
    for (const button of holder.children) {
      const name = button.dataset.act, isOn = { exclude: Boolean(row.excluded), regions: row.regions?.length, points: row.points?.length, mask: row.mask, crop: row.crop?.length, pair: row.pair, note: row.note }[name];
      const isForAll = [...PICTURE_ONLY, "note", "pair"].includes(name);     // and so nothing that a second reader says
      button.hidden = (PICTURE_ONLY.includes(name) && row.kind !== "image") || (isForAll && Boolean(this.data.reader));
      if (name === "exclude") button.setAttribute("aria-pressed", isOn);
      else if (PICTURE_ONLY.includes(name)) button.setAttribute("aria-pressed", this.marks.tool === name);
      button.classList.toggle("has", Boolean(isOn));
      if (name === "undo") button.title = this.history.length ? `Take back: ${NAMES[this.history.at(-1).field]}` : "Take back what was done before";
    }
  },

  // ---- the other half of a pair

  drawPair(row) {
    const holder = this.part(".pair"), isShown = Boolean(row.pair) || this.opened.has("pair");
    holder.hidden = !isShown;
    const shape = JSON.stringify([row.id, row.pair, isShown, this.rows.known.has(row.pair)]);
    if (!isShown || holder.shape === shape) return;
    holder.shape = shape;
    holder.replaceChildren();
    append(holder, "span", "title", "Other half");
    const field = append(append(holder, "label", "", "No. "), "input");
    Object.assign(field, { inputMode: "numeric", autocomplete: "off", ariaLabel: "Number of the other half" });
    field.enter = words => this.pairWith(words);
    const other = row.pair && this.rows.known.get(row.pair);
    field.value = other?.number || "";
    if (row.pair && !other) this.rows.fetch([row.pair]);
    this.candidates(row).forEach(one => {
      const button = act(holder, "", () => this.set("pair", one.id === this.row().pair ? "" : one.id));
      button.className = "half";
      button.setAttribute("aria-pressed", one.id === row.pair);
      button.ariaLabel = `Number ${one.number} is the other half`;
      button.append(Object.assign(new Image(), { src: one.small, alt: "" }), String(one.number));
    });
    if (row.pair) act(holder, "take away", () => this.set("pair", "")).className = "plain";
  },

  // The chosen one, and those that stand beside it in the list.
  candidates(row) {
    const beside = [1, 2, 3, 4, -1, -2].map(by => this.rows.at(this.rank + by)).filter(one => one && !one.gone && one.kind === row.kind);
    const chosen = row.pair && this.rows.known.get(row.pair);
    return [...(chosen && !chosen.gone ? [chosen] : []), ...beside.filter(one => one.id !== row.pair)];
  },

  async pairWith(words) {
    if (!words.trim()) { this.set("pair", ""); return this.focus(); }
    try {
      const { rows: [other] } = await this.carrier.ask({ number: words.trim().replace(/^#/, "") });
      if (!other) return this.tell(`There is no number ${words}.`, true);
      if (other.id === this.row().id) return this.tell("A picture cannot be its own other half.", true);
      this.rows.put(other);
      this.set("pair", other.id);
      this.focus();
    } catch { this.tell("The other half can be looked up when the network is back.", true); }
  },

  // ---- what a machine proposes, and what could not be written

  drawSuggestions(row) {
    this.root.querySelectorAll(".perhaps").forEach(holder => {
      const field = holder.dataset.field, one = row.suggestions?.[field];
      holder.hidden = !one;
      const shape = JSON.stringify([row.id, one]);
      if (!one || holder.shape === shape) return;
      holder.shape = shape;
      holder.replaceChildren();
      append(holder, "span", "", `${{ caption: "Perhaps", class_name: "Class, perhaps", tags: "Tags, perhaps", transcript: "Perhaps it is said" }[field]}: `);
      append(holder, "q", "", Array.isArray(one.value) ? one.value.join(", ") : one.value);
      append(holder, "span", "", ` (a machine: ${one.by})`);
      const take = act(holder, "", () => this.acceptOne(field, one.value));
      append(take, "kbd", "", "a");
      take.append("accept");
      act(holder, "no", () => this.decline(field));
    });
  },

  drawNotices() {
    const holder = this.part(".notices"), shape = [...this.queue.aside.keys()].join();
    if (holder.shape === shape) return;
    holder.shape = shape;
    holder.replaceChildren();
    for (const entry of this.queue.aside.values()) this.layNotice(append(holder, "div", "notice"), entry);
  },

  layNotice(holder, entry) {
    const number = this.rows.numbers[this.rows.places.get(entry.item)], about = `${number ? `Number ${number}` : "A datapoint"}, ${NAMES[entry.field] || "class list"}`;
    const { conflict, error } = entry.answer;
    append(holder, "strong", "", conflict ? `${about}: ${conflict.by} has changed it meanwhile.` : `${about}: ${inOneLine(error)}`);
    const both = append(holder, "div", "both");
    if (conflict) append(append(both, "p", "", "Theirs: "), "q", "", brief(conflict.current));
    if (entry.field) append(append(both, "p", "", "Yours: "), "q", "", brief(entry.value));
    if (!conflict) { act(holder, "Put away", () => { this.queue.drop(entry.token); this.focus(); }); return; }
    act(holder, "Keep theirs", () => this.resolve(entry, conflict.current));
    act(holder, "Write mine", () => this.resolve(entry, conflict.current, entry.value));
  },

  resolve(entry, theirs, mine) {
    for (const one of [...this.queue.aside.values()].filter(one => one.item === entry.item && one.field === entry.field)) this.queue.drop(one.token);
    this.history = this.history.filter(step => step.token !== entry.token);
    if (mine !== undefined) this.note({ token: this.queue.add({ item: entry.item, field: entry.field, value: mine, seen: theirs, suggested: "" }), item: entry.item, field: entry.field, old: theirs });
    this.apply(entry.item, entry.field, mine ?? theirs);
    this.draw();
    this.focus();
  },

  // seen: also for people who see; else only for those who listen.
  tell(words, seen = false) {
    const heard = this.part(".heard");
    heard.classList.toggle("seen", seen);
    heard.textContent = words;
    clearTimeout(this.telling);
    if (seen) this.telling = setTimeout(() => { heard.textContent = ""; heard.classList.remove("seen"); }, 5000);
  },

  // ---- what is put up once

  furnish() {
    const on = (selector, name, work) => this.part(selector).addEventListener(name, work);
    on(".way.back", "click", () => { this.step(-1); this.focus(); });
    on(".way.on", "click", () => { this.step(1); this.focus(); });
    on(".head .open", "click", () => { this.nextOpen(); this.focus(); });
    on(".switch", "click", () => { this.clock.hand(); this.clock.on = !this.clock.on; this.queue.add({ count_time: this.clock.on }); this.drawTime(); });
    for (const [name, field] of [["caption", "caption"], ["note", "note"], ["transcript", "transcript"], ["why", "excluded"]]) {
      const box = this.part(`.${name} textarea, .${name} input`);
      box.addEventListener("input", () => this.set(field, field === "excluded" ? box.value || true : box.value, TYPED));
      box.addEventListener("blur", () => this.queue?.release());
    }
    this.part(".number").enter = words => this.goToNumber(words.trim());
    const bar = { ".add": () => this.marks.addInMiddle(), ".delete": () => this.marks.remove(), ".done": () => { this.marks.take(this.marks.tool); this.focus(); },
      ".square": () => { this.marks.square = !this.marks.square; this.marks.draw(); }, ".smaller": () => this.marks.resize(0.8), ".larger": () => this.marks.resize(1.25),
      ".erase": () => { this.marks.erasing = !this.marks.erasing; this.marks.draw(); } };
    for (const [selector, work] of Object.entries(bar)) on(".bar " + selector, "click", work);
    on(".bar .name", "input", event => this.marks.rename(event.target.value));
    on(".bar .name", "blur", () => this.queue?.release());
    const sound = this.part("audio"), wave = this.part(".wave");
    sound.addEventListener("timeupdate", () => { this.part(".wave i").style.left = percent(sound.currentTime / (sound.duration || 1)); });
    wave.addEventListener("click", event => { const box = wave.getBoundingClientRect(); if (sound.duration) sound.currentTime = (event.clientX - box.left) / box.width * sound.duration; });
    this.root.querySelectorAll("dialog .close").forEach(button => button.addEventListener("click", () => button.closest("dialog").close()));
    this.root.querySelectorAll("dialog").forEach(dialog => dialog.addEventListener("close", () => this.focus()));
    this.swipes();
    this.layKeys();
    new ResizeObserver(() => { if (this.row()?.kind === "image") this.fit(); }).observe(this.part(".middle"));
  },

  swipes() {
    const stage = this.part(".stage");
    let from = null;
    stage.addEventListener("pointerdown", event => { from = event.pointerType === "touch" && !this.marks.tool && !event.target.closest("button, audio, .text") ? event : null; });
    stage.addEventListener("pointerup", event => {
      const by = from && event.clientX - from.clientX;
      if (from && Math.abs(by) > 50 && Math.abs(by) > 2 * Math.abs(event.clientY - from.clientY)) this.step(by < 0 ? 1 : -1);
      from = null;
    });
  },

  layKeys() {
    const list = this.part(".keys dl"), letters = this.part(".letters input");
    for (const [keys, words] of KEYS) { append(append(list, "dt"), "kbd", "", keys); append(list, "dd", "", words); }
    letters.checked = this.lettersOn();
    letters.addEventListener("change", () => { try { localStorage.setItem("handmade.label.letters", letters.checked ? "on" : "off"); } catch { /* then they stay on */ } });
  },

  showKeys() { this.part(".keys").showModal(); },

  // ---- the classes of the project

  editClasses() {
    this.layClassList();
    this.part(".naming-classes").showModal();
  },

  layClassList() {
    const list = this.part(".naming-classes ol");
    list.replaceChildren();
    this.classes.forEach((name, place) => {
      const line = append(list, "li"), field = append(line, "input");
      Object.assign(field, { value: name, maxLength: 60, autocomplete: "off", ariaLabel: `Name of class ${place + 1}` });
      field.enter = words => { this.renameClass(name, words); field.blur(); };
      field.addEventListener("blur", () => field.value !== name && this.renameClass(name, field.value));
      const up = act(line, "↑", () => this.moveClass(place));
      up.disabled = !place;
      up.ariaLabel = `Move ${name} up`;
      const away = act(line, "remove", () => {
        if (away.sure) return this.removeClass(name);
        away.sure = true;
        away.textContent = "really remove?";
      });
      away.ariaLabel = `Remove ${name}`;
    });
  },

  renameClass(old, words) {
    const name = words.split(/\s+/).filter(Boolean).join(" ");
    if (!name || name === old) return this.layClassList();
    this.classes = [...new Set(this.classes.map(one => one === old ? name : one))];
    this.rows.known.forEach(row => { if (row.class_name === old) row.class_name = name; });
    this.queue.add({ rename: [old, name] });
    this.layClassList();
    this.draw();
  },

  moveClass(place) {
    [this.classes[place - 1], this.classes[place]] = [this.classes[place], this.classes[place - 1]];
    this.classes = [...this.classes];
    this.queue.add({ classes: this.classes });
    this.layClassList();
    this.draw();
  },

  removeClass(name) {
    this.classes = this.classes.filter(one => one !== name);
    this.rows.known.forEach(row => { if (row.class_name === name) { row.class_name = ""; this.rows.count(row); } });
    this.queue.add({ remove_class: name });
    this.layClassList();
    this.draw();
  },
});

function act(parent, words, work) {
  const button = append(parent, "button", "", words);
  button.type = "button";
  button.addEventListener("click", work);
  return button;
}

// Only where it is other, so that nobody hears it twice.
function write(element, words) { if (element.textContent !== words) element.textContent = words; }

function grow(box) {
  box.style.height = "auto";
  box.style.height = Math.min(box.scrollHeight + 2, 180) + "px";
}

function brief(value) {
  if (Array.isArray(value)) return value.length ? value.map(one => one.name || (typeof one === "string" ? one : "one")).join(", ") : "nothing";
  return value === true ? "left out" : !value ? "nothing" : value.startsWith("data:") ? "a painted mask" : value.length > 300 ? value.slice(0, 300) + " …" : value;
}
