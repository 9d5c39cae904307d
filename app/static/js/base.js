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

document.querySelector("[data-focus]")?.focus();
