// The verdict: a colour, an icon and a word over the whole screen, then who it is and why.

import { signal } from "./door_signal.js";
import { dayOf, say, timeOf } from "./door_words.js";

const TONES = {
  welcome: "good",
  "already-in": "warn",
  waitlisted: "warn",
  unconfirmed: "warn",
  provisional: "warn",
  cancelled: "bad",
  transferred: "bad",
  "wrong-event": "bad",
  "outside-time": "bad",
  unknown: "bad",
  checking: "wait",
  reward: "info",
};
const WELCOME_STAYS = 2600; // ms; a refusal stays until it is dealt with

const dialog = document.getElementById("verdict");
const part = (name) => dialog.querySelector(`[data-part="${name}"]`);

/** Return the colour family of a verdict: good, warn, bad, info or wait. */
export function toneOf(verdict) {
  return TONES[verdict];
}

/** Say in one sentence why, or "". `about` holds arrivedAt, device and the doors' hours, where they are known. */
export function whyOf(verdict, about) {
  if (verdict === "already-in" && about.arrivedAt) {
    const values = { time: timeOf(about.arrivedAt), device: about.device };
    return say(about.device ? "why already-in device" : "why already-in", values);
  }
  if (verdict === "outside-time") {
    const early = about.now < about.doors.opensAt;
    return say(early ? "why too early" : "why too late", { day: dayOf(about.doors.opensAt) });
  }
  return say(`why ${verdict}`);
}

export class Screen {
  nonce = null; // of the scan that is shown
  #digest = "";
  #timer = 0;

  /** `onUndo(digest)` is called when the welcome that is shown is taken back. */
  constructor(onUndo) {
    part("next").addEventListener("click", () => dialog.close());
    part("undo").addEventListener("click", () => {
      dialog.close();
      onUndo(this.#digest);
    });
    dialog.addEventListener("close", () => this.#forget());
  }

  get isOpen() {
    return dialog.open;
  }

  /** Show a verdict. `about`: nonce, digest, name, partySize and what `whyOf` reads; `href` for a reward. */
  show(verdict, about) {
    clearTimeout(this.#timer);
    const tone = TONES[verdict];
    const waits = verdict === "checking";
    this.nonce = about.nonce ?? null;
    this.#digest = about.digest;
    dialog.dataset.tone = tone;
    dialog.dataset.verdict = verdict;
    part("icon").replaceChildren(document.getElementById(`icon-${verdict}`).content.cloneNode(true));
    write("word", say(verdict));
    write("name", about.name ?? "");
    write("party", about.partySize > 1 ? say("party", { n: about.partySize }) : "");
    write("why", waits ? "" : whyOf(verdict, about));
    part("undo").hidden = verdict !== "welcome";
    part("reward").hidden = !about.href;
    if (about.href) part("reward").href = about.href;
    if (!dialog.open) dialog.showModal();
    part("next").focus();
    if (!waits) signal(tone);
    if (verdict === "welcome") this.#timer = setTimeout(() => dialog.close(), WELCOME_STAYS);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.nonce = null;
  }
}

function write(name, text) {
  part(name).textContent = text;
  part(name).hidden = !text;
}
