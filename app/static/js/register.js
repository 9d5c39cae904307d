// Ask only what the answers so far call for. Without this, each question says when it is meant.

const form = document.querySelector("[data-register]");
const guests = [...form.querySelectorAll("[data-guest]")];
const conditional = [...form.querySelectorAll("[data-only-if]")];

// What is hidden is disabled too, so that it is not sent.
function show(block, shown) {
  block.hidden = !shown;
  for (const field of block.querySelectorAll("input, select, textarea")) field.disabled = !shown;
}

function update() {
  const party = Number(form.elements.party_size?.value ?? form.dataset.party ?? 1);
  for (const guest of guests) show(guest, Number(guest.dataset.guest) < party);
  for (const block of conditional) {
    // In their order: a question whose own question has just been hidden finds no answer, and is hidden too.
    const given = [...form.querySelectorAll(`[name="${block.dataset.onlyIf}"]:not(:disabled)`)];
    const said = given.filter((field) => field.checked).map((field) => field.value);
    show(block, said.includes(block.dataset.value));
  }
}

for (const words of form.querySelectorAll("[data-condition]")) words.hidden = true;
form.addEventListener("change", update);
update();
