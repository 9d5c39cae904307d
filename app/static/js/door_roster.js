// Who may come in, as this phone knows it: names, and the start of each ticket’s SHA-256. Kept in memory alone.

import { ROSTER_DIGEST_LENGTH } from "./verdict.js";

const MOST_FOUND = 30;

export class Roster {
  lines = [];
  doors = { opensAt: 0, closesAt: 0 };
  #byDigest = new Map();

  constructor(eventCode) {
    this.eventCode = eventCode;
  }

  /** Replace the list by the server’s, then let `pending` say again what has not reached it yet. */
  load(body, pending) {
    this.eventCode = body.event_code;
    this.doors = { opensAt: Date.parse(body.opens_at), closesAt: Date.parse(body.closes_at) };
    this.lines = body.entries.map((entry) => ({
      digest: entry.digest,
      name: entry.name,
      status: entry.status,
      partySize: entry.party_size,
      arrivedAt: entry.arrived_at === null ? null : Date.parse(entry.arrived_at),
      device: entry.device,
      folded: fold(entry.name),
    }));
    this.#byDigest = new Map(this.lines.filter((line) => line.digest).map((line) => [line.digest, line]));
    for (const item of pending) this.apply(item);
  }

  /** Do to the list what an item of the queue says. */
  apply(item) {
    if (item.kind === "undo") this.setArrival(item.digest, null, null);
    else if (item.said === "welcome") this.setArrival(item.digest, item.judged, item.device);
  }

  find(digest) {
    return this.#byDigest.get(digest.slice(0, ROSTER_DIGEST_LENGTH)) ?? null;
  }

  setArrival(digest, at, device) {
    const line = this.find(digest);
    if (line) Object.assign(line, { arrivedAt: at, device });
  }

  /** People, not tickets: a party of three counts three. */
  counters() {
    const coming = this.lines.filter((line) => line.status === "confirmed");
    const people = (lines) => lines.reduce((sum, line) => sum + line.partySize, 0);
    return { arrived: people(coming.filter((line) => line.arrivedAt !== null)), expected: people(coming) };
  }

  /** Return the lines whose name has all the words typed, whatever their accents, the first ones of all. */
  search(text) {
    const words = fold(text).split(/\s+/).filter(Boolean);
    const standing = new Set(this.lines.filter((line) => !isRevoked(line)).map((line) => line.folded));
    const found = this.lines.filter((line) => {
      // A ticket that another one of the same person replaced would only confuse.
      if (isRevoked(line) && (standing.has(line.folded) || line.status === "transferred")) return false;
      return words.every((word) => line.folded.includes(word));
    });
    return { lines: found.slice(0, MOST_FOUND), more: Math.max(0, found.length - MOST_FOUND) };
  }
}

function isRevoked(line) {
  return line.status === "cancelled" || line.status === "transferred";
}

function fold(text) {
  return text.normalize("NFD").replace(/[\p{M}'’ʼ]/gu, "").toLowerCase();
}
