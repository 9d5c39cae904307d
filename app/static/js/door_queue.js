// What this phone has done and the server does not know yet. It outlives a reload, a crash and a flat battery.

/** One item a key, so that two tabs never overwrite each other’s list. `prefix` is the event’s own. */
export class Queue {
  #prefix;
  #items = new Map();
  #last = 0;

  constructor(prefix) {
    this.#prefix = prefix;
    for (const [key, text] of stored(prefix)) {
      try {
        this.#items.set(key, JSON.parse(text));
      } catch {
        localStorage.removeItem(key);
      }
    }
  }

  get size() {
    return this.#items.size;
  }

  /** All items, in the order in which they happened. */
  items() {
    return [...this.#items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  has(digest) {
    return this.items().some((item) => item.digest.startsWith(digest) || digest.startsWith(item.digest));
  }

  add(item) {
    this.#last = Math.max(this.#last + 1, Date.now());
    const key = `${this.#prefix}${String(this.#last).padStart(15, "0")}.${item.nonce}`;
    this.#items.set(key, item);
    try {
      localStorage.setItem(key, JSON.stringify(item));
    } catch {
      // Storage is full or forbidden: the page still has it, and warns before it is closed.
    }
  }

  remove(nonce) {
    for (const [key, item] of this.#items) {
      if (item.nonce !== nonce) continue;
      this.#items.delete(key);
      try {
        localStorage.removeItem(key);
      } catch {
        // Sent again after a reload, it gets its first answer.
      }
    }
  }
}

function stored(prefix) {
  try {
    return Object.entries(localStorage).filter(([key]) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Return this phone’s name, which it makes up once: four letters that say nothing of its owner. */
export function deviceName() {
  const key = "terrain.door.device";
  try {
    const name = localStorage.getItem(key) ?? randomText(4);
    localStorage.setItem(key, name);
    return name;
  } catch {
    return randomText(4);
  }
}

/** Return a nonce of 130 bits. */
export function newNonce() {
  return randomText(26);
}

function randomText(length) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
