// What the page always says: how many came, online or not, what waits to be sent, and the last person.

import { toneOf, whyOf } from "./door_screen.js";
import { say, timeOf } from "./door_words.js";

const OLD_LIST = 5 * 60000; // ms after which the list is said to be old
const byId = (id) => document.getElementById(id);

export class Board {
  last = null; // {nonce, digest, verdict, name, at} of the last scan, or of an undo
  #sync;
  #queue;
  #roster;
  #device;

  constructor({ sync, queue, roster, device, onUndo }) {
    this.#sync = sync;
    this.#queue = queue;
    this.#roster = roster;
    this.#device = device;
    byId("last-undo").addEventListener("click", () => onUndo(this.last.digest));
    byId("notes-close").addEventListener("click", () => this.#clearNotes());
    setInterval(() => this.draw(), 15000);
  }

  draw() {
    this.#drawMode();
    this.#drawLast();
    if (!this.#sync.listedAt) return;
    const { arrived, expected } = this.#roster.counters();
    write("arrived", arrived);
    write("expected", expected);
  }

  /** Keep a sentence about somebody on the page until it is dismissed. */
  note(who, sentence) {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = who;
    item.append(name, " · ", sentence);
    byId("notes-list").prepend(item);
    byId("notes").hidden = false;
  }

  /** Say that somebody was judged otherwise once the server knew. */
  correct(at, verdict, about) {
    const why = verdict === "already-in" ? whyOf(verdict, about) : ""; // the rest tells what to do with who is here
    this.note(about.name || say("a scan"), say("correction", { time: timeOf(at), verdict: say(verdict), why }));
  }

  #clearNotes() {
    byId("notes-list").replaceChildren();
    byId("notes").hidden = true;
  }

  #drawMode() {
    const { mode, listedAt } = this.#sync;
    const waiting = this.#queue.size;
    const old = listedAt && Date.now() - listedAt > OLD_LIST;
    byId("net").dataset.state = old && mode === "online" ? "offline" : mode;
    write("mode", say(`mode ${mode}`));
    const unsent = waiting ? say("unsent", { n: waiting }) : mode === "online" ? say("all sent") : "";
    const age = mode === "online" && !old ? "" : listedAt && say("list", { time: timeOf(listedAt) });
    const more = [unsent, age, say("phone", { device: this.#device })].filter(Boolean);
    write("mode-more", more.map((words) => `· ${words}`).join(" "));
    byId("locked").hidden = mode !== "locked";
  }

  #drawLast() {
    const { last } = this;
    byId("last").hidden = !last;
    if (!last) return;
    byId("last").dataset.tone = toneOf(last.verdict) ?? "info";
    write("last-name", last.name || say("a scan"));
    write("last-verdict", say("last", { verdict: say(last.verdict), time: timeOf(last.at) }));
    byId("last-undo").hidden = last.verdict !== "welcome";
  }
}

function write(id, text) {
  const element = byId(id);
  if (element.textContent !== String(text)) element.textContent = text;
}
