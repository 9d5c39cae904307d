// What every page needs: menus that close, and the error summary that takes the focus. Pages work without it.

for (const details of document.querySelectorAll("details[data-dismiss]")) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
}

document.addEventListener("click", (event) => {
  for (const details of document.querySelectorAll("details[data-dismiss][open]")) {
    if (!details.contains(event.target)) details.open = false;
  }
});

// A row of tabs that scrolls sideways begins at the present one.
for (const current of document.querySelectorAll(".tabs [aria-current], .sub-nav [aria-current]")) {
  const row = current.closest(".tabs, .sub-nav");
  row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}

// A page that answered a form goes under an address of its own, so that a reload sends nothing twice; where it has
// that one already, it keeps the rest of it.
const answered = document.querySelector("[data-address]");
if (answered) {
  const there = answered.dataset.address === location.pathname;
  history.replaceState(history.state, "", there ? location.href : answered.dataset.address);
}

// Who mended a form and comes back to it finds the form, and not the browser’s question whether to send it once more.
if (document.querySelector(".error-summary")) {
  addEventListener("submit", () => history.replaceState(history.state, "", location.href));
}

document.querySelector("[data-focus]")?.focus();

// What a person asked for by the link they tapped. A program that opens the links of a mail runs no script.
document.querySelector("[data-press-once] form")?.requestSubmit();
