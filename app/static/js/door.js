// The door page: camera, verdict, counter and queue, put together. It works without network until it is closed.

import { People } from "./door_people.js";
import { deviceName, newNonce, Queue } from "./door_queue.js";
import { Roster } from "./door_roster.js";
import { Screen } from "./door_screen.js";
import { allowSound } from "./door_signal.js";
import { Board } from "./door_board.js";
import { Sync } from "./door_sync.js";
import { say } from "./door_words.js";
import { openScanner, prepareScanner } from "./scanner.js";
import { digest, isReward, readText, ROSTER_DIGEST_LENGTH, verdict } from "./verdict.js";

const ANSWER_WITHIN = 2500; // ms that a code unknown to this phone waits for the server

const settings = JSON.parse(document.getElementById("door-settings").textContent);
const device = deviceName();
const queue = new Queue(`terrain.door.${settings.slug}.`);
const roster = new Roster(settings.eventCode);
const sync = new Sync(settings, device, queue, {
  mode: () => board.draw(),
  roster: (body) => {
    roster.load(body, queue.items());
    redraw();
  },
  answer,
  refused: (item, sentence) => board.note(roster.find(item.digest)?.name ?? say("a scan"), sentence),
});
const screen = new Screen(undo);
const people = new People(roster, {
  checkIn: (line) => scan(line.digest, null, "by-name"),
  typed: (text) => read(text, "typed"),
  undo: (line) => undo(line.digest),
});
const board = new Board({ sync, queue, roster, device, onUndo: undo });

function redraw() {
  board.draw();
  if (people.isOpen) people.draw();
}

async function read(text, method) {
  if (isReward(text)) {
    const href = `${settings.rewardsUrl}?code=${encodeURIComponent(text.trim())}`;
    return screen.show("reward", { href });
  }
  const code = readText(text, roster.eventCode);
  return scan(await digest(code.text), code.event, method);
}

/** Judge at once by this phone’s list, then write the scan down for the server. */
function scan(hash, event, method) {
  const line = roster.find(hash);
  const at = Date.now();
  // Whoever is in already came before this moment, whatever the two clocks say.
  const judged = Math.max(at + sync.skew, line?.arrivedAt ?? 0);
  const said = verdict(line, event, roster.eventCode, judged, roster.doors);
  const isNew = said === "unknown" && event !== null;
  const shown = isNew ? (sync.mode === "online" ? "checking" : "provisional") : said;
  const item = { kind: "scan", nonce: newNonce(), digest: hash, event, method, at, judged, said: shown, device };
  const about = { ...aboutLine(line), nonce: item.nonce, digest: hash, now: judged, doors: roster.doors };
  queue.add(item);
  screen.show(shown, about);
  roster.apply(item);
  board.last = { nonce: item.nonce, digest: hash, verdict: shown, name: about.name, at };
  redraw();
  sync.wake();
  if (shown === "checking") setTimeout(() => giveUp(item, about), ANSWER_WITHIN);
}

function giveUp(item, about) {
  if (item.said === "checking") settle(item, "provisional", about);
}

function aboutLine(line) {
  return { name: line?.name ?? "", partySize: line?.partySize ?? 0, arrivedAt: line?.arrivedAt, device: line?.device };
}

/** The server has judged: it knows other phones and newer tickets. */
function answer(item, result) {
  const line = result.digest && roster.find(result.digest);
  const arrivedAt = result.arrived_at && Date.parse(result.arrived_at);
  if (line && !queue.has(line.digest)) Object.assign(line, { arrivedAt, device: result.device });
  if (result.digest && !line) sync.wake({ roster: true });
  settle(item, result.verdict, {
    name: result.name,
    partySize: result.party_size,
    arrivedAt,
    device: result.device,
    nonce: item.nonce,
    digest: item.digest,
    now: Date.parse(result.scanned_at),
    doors: roster.doors,
  });
  redraw();
}

/** Show a verdict that differs from what was shown: on the screen while it is open, in a note when it is not. */
function settle(item, said, about) {
  const before = item.said;
  item.said = said;
  if (before === said) return;
  if (board.last?.nonce === item.nonce) {
    Object.assign(board.last, { verdict: said, name: about.name || board.last.name });
  }
  const isAwaited = before === "checking" && !screen.isOpen;
  if (screen.nonce === item.nonce || isAwaited) screen.show(said, about);
  else if (said !== "welcome") board.correct(item.at, said, about);
  board.draw();
}

/** Take a welcome back, by the digest of its ticket. */
function undo(hash) {
  const key = hash.slice(0, ROSTER_DIGEST_LENGTH);
  const item = { kind: "undo", nonce: newNonce(), digest: key, at: Date.now() };
  queue.add(item);
  roster.apply(item);
  board.last = { digest: key, verdict: "undone", name: roster.find(key)?.name ?? "", at: item.at };
  redraw();
  sync.wake();
}

const camera = document.getElementById("camera");
const start = document.getElementById("camera-start");
const torch = document.getElementById("torch");
let scanner = null;
let lit = false;

start.addEventListener("click", () => {
  allowSound();
  camera.dataset.state = "opening";
  scanner = openScanner({
    video: camera.querySelector("video"),
    onText: (text) => people.isOpen || read(text, "camera"),
    onReady: ({ torch: hasTorch }) => {
      camera.dataset.state = "running";
      torch.hidden = !hasTorch;
    },
    onError: (message) => {
      camera.dataset.state = "failed";
      torch.hidden = true;
      document.getElementById("camera-says").textContent = message;
      start.querySelector("span").textContent = say("try again");
    },
  });
});

torch.addEventListener("click", () => {
  lit = !lit;
  torch.setAttribute("aria-pressed", String(lit));
  scanner?.setTorch(lit);
});

window.addEventListener("beforeunload", (event) => queue.size && event.preventDefault());

// After a reload nobody waits for an answer in front of this phone any more.
for (const item of queue.items()) if (item.said === "checking") item.said = "provisional";
prepareScanner().catch(() => {}); // the camera says so, if it is still missing then
document.getElementById("door").dataset.ready = "";
redraw();
sync.run();
