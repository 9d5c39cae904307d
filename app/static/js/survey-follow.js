// Keep the counts of an open test fresh: fetch the same page, take its counts. Without this, a reload does it.

const EVERY = 10_000; // ms

async function refresh() {
  const counts = document.querySelector("[data-follow]");
  if (!counts || document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-follow]");
    if (fresh && fresh.innerHTML !== counts.innerHTML) counts.replaceWith(fresh);
  } catch {
    // No network: the next round tries again.
  }
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
