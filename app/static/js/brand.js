// Keeps the preview in step with the colours and the name being edited.
const form = document.querySelector("[data-brand-form]");
const frame = document.querySelector("[data-preview]");
let waiting;

function show() {
  const query = new URLSearchParams();
  for (const name of ["name", "ink", "accent", "points_colour"]) query.set(name, form.elements[name].value);
  frame.src = `${frame.dataset.preview}?${query}`;
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 150);
});
