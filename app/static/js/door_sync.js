// The door’s network: send what waits, then ask for the roster. One call at a time, so that no answer is older than
// what the phone already knows.

const PATIENCE = 8000; // ms before a call counts as lost
const ONLINE_EVERY = 15000;
const OFFLINE_EVERY = 4000;
const BATCH = 100;

class Lost extends Error {}
class Locked extends Error {}
class Refused extends Error {}

export class Sync {
  mode = "loading"; // then online, offline, or locked: the page must be opened again
  listedAt = 0;
  skew = 0; // server minus this phone, ms
  #settings;
  #device;
  #queue;
  #hear;
  #etag = null;
  #due = 0;
  #poll = null;
  #wake = null;
  #letGo = false;

  /** `hear` is told: mode(), roster(body), answer(item, result), refused(item, sentence). */
  constructor(settings, device, queue, hear) {
    this.#settings = settings;
    this.#device = device;
    this.#queue = queue;
    this.#hear = hear;
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.#enter("offline"));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  /** Look after the queue now. A roster on its way is let go: what waits is more urgent. */
  wake({ roster = false } = {}) {
    if (roster) this.#due = 0;
    this.#letGo = this.#poll !== null;
    this.#poll?.abort();
    this.#wake?.();
  }

  async run() {
    while (this.mode !== "locked") {
      try {
        await this.#send();
        await this.#list();
        this.#enter("online");
      } catch (error) {
        this.#enter(error instanceof Locked ? "locked" : "offline");
      }
      if (this.mode !== "locked") await this.#sleep();
    }
  }

  #enter(mode) {
    this.mode = mode;
    this.#hear.mode();
  }

  #sleep() {
    if (this.mode === "online" && this.#queue.size) return null;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.mode === "online" ? ONLINE_EVERY : OFFLINE_EVERY);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #send() {
    while (this.#queue.size) {
      const items = this.#queue.items();
      const end = items.findIndex((item) => item.kind === "undo");
      if (end === 0) await this.#sendUndo(items[0]);
      else await this.#sendScans(items.slice(0, Math.min(BATCH, end === -1 ? items.length : end)));
      this.#hear.mode();
    }
  }

  async #sendScans(items) {
    const scans = items.map((item) => ({
      nonce: item.nonce,
      digest: item.digest,
      event_code: item.event,
      method: item.method,
      scanned_at: new Date(item.at).toISOString(),
    }));
    try {
      const { results } = await this.#call("scans", { device: this.#device, scans });
      items.forEach((item, index) => this.#settle(item, results[index]));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (items.length === 1) return this.#drop(items[0], error.message);
      for (const item of items) await this.#sendScans([item]); // one bad scan must not hold up the others
    }
  }

  #settle(item, result) {
    if (result.error) return this.#drop(item, result.error.detail);
    this.#queue.remove(item.nonce);
    this.#hear.answer(item, result);
  }

  async #sendUndo(item) {
    try {
      await this.#call("undo", { digest: item.digest, undone_at: new Date(item.at).toISOString() });
      this.#queue.remove(item.nonce);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#drop(item, error.message);
    }
  }

  #drop(item, sentence) {
    this.#queue.remove(item.nonce);
    this.#hear.refused(item, sentence);
  }

  async #list() {
    if (Date.now() < this.#due && this.listedAt) return;
    this.#letGo = false;
    const poll = (this.#poll = new AbortController());
    try {
      const body = await this.#call("roster", null, poll);
      this.listedAt = Date.now();
      this.#due = this.listedAt + ONLINE_EVERY - 1000;
      if (body) this.#hear.roster(body);
    } catch (error) {
      if (!this.#letGo) throw error;
    } finally {
      this.#poll = null;
    }
  }

  /** Make a call and return its JSON, null when nothing changed. Throws Lost, Locked or Refused. */
  async #call(name, body, abort = new AbortController()) {
    const headers = { Accept: "application/json", [this.#settings.tokenHeader]: this.#settings.token };
    if (body) headers["Content-Type"] = "application/json";
    if (name === "roster" && this.#etag) headers["If-None-Match"] = this.#etag;
    const patience = setTimeout(() => abort.abort(), PATIENCE);
    let response;
    try {
      response = await fetch(this.#settings.urls[name], {
        method: body ? "POST" : "GET",
        headers,
        body: body && JSON.stringify({ ...body, client_now: new Date().toISOString() }),
        signal: abort.signal,
        cache: "no-store",
        redirect: "error",
      });
      if (response.status === 304) return null;
      if (response.ok) {
        this.skew = skewOf(response) ?? this.skew;
        const answer = await response.json(); // may break off: a roster is known once it is here as a whole
        if (name === "roster") this.#etag = response.headers.get("ETag");
        return answer;
      }
    } catch (error) {
      throw new Lost(error.message);
    } finally {
      clearTimeout(patience);
    }
    if ([401, 403, 404].includes(response.status)) throw new Locked();
    const problem = await response.json().catch(() => ({}));
    if (response.status >= 500 || [408, 425, 429].includes(response.status)) throw new Lost(problem.detail);
    throw new Refused(problem.detail ?? `${response.status}`);
  }
}

function skewOf(response) {
  const server = Date.parse(response.headers.get("Date") ?? "");
  const skew = server - Date.now();
  return Number.isNaN(skew) || Math.abs(skew) < 2000 ? (Number.isNaN(skew) ? null : 0) : skew;
}
