// Reads a reward's QR code with the camera and sends the form; typing works without it.
import { openScanner } from "./scanner.js";

const page = document.querySelector("[data-hand-over]");
const start = page.querySelector("[data-start]");
const video = page.querySelector("video");
const problem = page.querySelector("[data-problem]");
const form = page.querySelector("form");

start.hidden = false;
start.addEventListener("click", async () => {
  problem.hidden = true;
  video.hidden = false;
  start.hidden = true;
  const scanner = await openScanner({
    video,
    onText(text) {
      if (!text.startsWith("R")) return;
      scanner?.stop();
      form.elements.code.value = text;
      form.requestSubmit();
    },
    onError(message) {
      problem.textContent = message;
      problem.hidden = false;
      video.hidden = true;
      start.hidden = false;
    },
  });
});
