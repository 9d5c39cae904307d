// The page’s words, in its language: sentences come from the template, numbers and times from the browser.

const words = JSON.parse(document.getElementById("door-words").textContent);
const { timezone } = JSON.parse(document.getElementById("door-settings").textContent);
const locale = document.documentElement.lang === "fr" ? "fr-FR" : "en-GB";
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: timezone });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", timeZone: timezone });
const plural = new Intl.PluralRules(locale);

/** Return a sentence, its {marks} filled in. With `n` it is the form that the number asks for. */
export function say(name, values = {}) {
  let text = words[name];
  if (typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_mark, key) => values[key] ?? "");
}

export function timeOf(moment) {
  return clock.format(moment);
}

export function dayOf(moment) {
  const text = day.format(moment);
  return locale === "fr-FR" ? text.replace(/\b1 (?=\p{L})/u, "1er\u00a0") : text; // as i18n.py does
}
