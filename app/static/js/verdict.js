// What the door says of a code: the pure part, the same as app/events/rules_door.py.
// tests/events/door_cases.json holds both to the same answers. This file imports nothing and touches no page.

export const ROSTER_DIGEST_LENGTH = 24;

const TICKET = /^M([A-Z0-9]{5})([A-Z2-7]{26})$/;
const BARE_CODE = /^[A-Z2-7]{26}$/;
const REFUSED = new Set(["cancelled", "transferred", "waitlisted", "unconfirmed"]);

/** Read a QR code's text, or a ticket's code as it is printed. Returns the text to hash and the event it names. */
export function readText(text, eventCode) {
  let squeezed = text.replace(/[\s-]+/g, "").toUpperCase();
  if (BARE_CODE.test(squeezed)) squeezed = `M${eventCode}${squeezed}`;
  const ticket = TICKET.exec(squeezed);
  return ticket ? { text: squeezed, event: ticket[1] } : { text, event: null };
}

/** Tell whether a text is a reward's code, which is handed over on another page. */
export function isReward(text) {
  return /^R[A-Z2-7]{26}$/.test(text.trim().toUpperCase());
}

/**
 * Judge a code that was read at a moment. All times are milliseconds.
 * `entry` is the roster's line ({status, arrivedAt}) or null; `readEvent` the event that the code names or null.
 */
export function verdict(entry, readEvent, eventCode, at, doors) {
  if (!entry) return readEvent !== null && readEvent !== eventCode ? "wrong-event" : "unknown";
  if (REFUSED.has(entry.status)) return entry.status;
  if (entry.arrivedAt !== null && entry.arrivedAt <= at) return "already-in";
  return doors.opensAt <= at && at <= doors.closesAt ? "welcome" : "outside-time";
}

/** Return the SHA-256 of a text as 64 hexadecimal characters. */
export async function digest(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
