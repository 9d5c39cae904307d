// Finding somebody without a camera: by name, or by the code that is printed under the QR code.

import { timeOf, say } from "./door_words.js";
import { readText } from "./verdict.js";

const sheet = document.getElementById("people");
const field = document.getElementById("people-search");
const list = document.getElementById("people-list");
const heard = document.getElementById("people-heard");
const row = document.getElementById("people-row");

export class People {
  #roster;
  #do;

  /** `act` has checkIn(line), undo(line) and typed(text). */
  constructor(roster, act) {
    this.#roster = roster;
    this.#do = act;
    document.getElementById("people-open").addEventListener("click", () => this.open());
    sheet.querySelector("[data-close]").addEventListener("click", () => sheet.close());
    field.addEventListener("input", () => this.draw());
    field.form.addEventListener("submit", (event) => this.#submit(event));
  }

  get isOpen() {
    return sheet.open;
  }

  open() {
    field.value = "";
    this.draw();
    sheet.showModal();
    field.focus();
  }

  /** Draw the list again: what was typed, or who came in, has changed. */
  draw() {
    const { lines, more } = this.#roster.search(field.value);
    list.replaceChildren(...lines.map((line) => this.#row(line)));
    heard.textContent = lines.length
      ? say(more ? "found more" : "found", { n: lines.length, more })
      : say(this.#typedCode() ? "press check" : "found none");
    document.getElementById("people-check").hidden = !this.#typedCode();
  }

  #typedCode() {
    return readText(field.value, this.#roster.eventCode).event !== null;
  }

  #submit(event) {
    event.preventDefault();
    if (!this.#typedCode()) return;
    const text = field.value;
    sheet.close();
    this.#do.typed(text);
  }

  #row(line) {
    const item = row.content.cloneNode(true).firstElementChild;
    const part = (name) => item.querySelector(`[data-part="${name}"]`);
    const button = item.querySelector("button");
    const isIn = line.arrivedAt !== null;
    part("who").textContent = line.name;
    part("standing").textContent = detailOf(line);
    button.hidden = line.status !== "confirmed" || !line.digest;
    button.classList.add(isIn ? "bare" : "quiet");
    part("label").textContent = say(isIn ? "undo" : "let in");
    button.setAttribute("aria-label", say(isIn ? "undo name" : "let in name", { name: line.name }));
    button.addEventListener("click", () => {
      if (isIn) {
        this.#do.undo(line);
        this.draw();
        return;
      }
      sheet.close();
      this.#do.checkIn(line);
    });
    return item;
  }
}

function detailOf(line) {
  const party = line.partySize > 1 ? say("party", { n: line.partySize }) : "";
  const standing = line.arrivedAt === null ? "" : say("in since", { time: timeOf(line.arrivedAt) });
  const status = line.status === "confirmed" ? standing : say(line.status);
  return [party, status].filter(Boolean).join(" · ");
}
