// Read QR codes with the camera, on any page that has a <video> and the messages of door/scanner_messages.html.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/es/reader/index.js";

const WASM = new URL("../vendor/zxing-wasm/reader/zxing_reader.wasm", import.meta.url).href;
const CAMERA = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
};
// Model 2 alone: “QRCode” also takes a glare for a Micro QR code.
const READER = { formats: ["QRCodeModel2"], tryHarder: true, tryInvert: true, maxNumberOfSymbols: 4 };
const LONG_SIDE = 800; // pixels that are decoded: more costs time, less loses small codes
const PAUSE = 80; // ms between two looks
const IGNORED = 5000; // ms during which a code that was read, or is still in sight, says nothing new

/** Load the decoder, so that it is there when the network is not. Without this the library asks a server elsewhere. */
export function prepareScanner() {
  return prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
}

/**
 * Open the camera and call `onText(text)` for each code that comes in sight. Call it from a tap: iOS wants one.
 *
 * `onReady({torch})` says that the picture runs, and whether there is a lamp. `onError(message, code)` has a sentence
 * that says what to do; codes: insecure, denied, no-camera, busy, ended, decoder. Returns {stop(), setTorch(on)}.
 */
export function openScanner({ video, onText, onError, onReady = () => {} }) {
  const seen = new Map();
  let stream = null;
  let wakeLock = null;
  let stopped = false;
  let timer = 0;

  function stop() {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", stayAwake);
    stream?.getTracks().forEach((track) => track.stop());
    wakeLock?.release().catch(() => {});
    video.srcObject = null;
  }

  function fail(code) {
    if (stopped) return;
    stop();
    onError(messages()[code] ?? code, code);
  }

  async function start() {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return fail("insecure");
    try {
      stream = await navigator.mediaDevices.getUserMedia(CAMERA);
    } catch (error) {
      return fail(CAUSES[error.name] ?? "busy");
    }
    if (stopped) return stop(); // called while the person was being asked
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => fail("ended"));
    video.srcObject = stream;
    try {
      await Promise.all([video.play(), prepareScanner()]);
    } catch (error) {
      return fail(error.name === "AbortError" || error.name === "NotAllowedError" ? "busy" : "decoder");
    }
    document.addEventListener("visibilitychange", stayAwake);
    stayAwake();
    onReady({ torch: Boolean(track.getCapabilities?.().torch) });
    look();
  }

  async function stayAwake() {
    if (stopped || document.visibilityState !== "visible") return;
    wakeLock = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  async function look() {
    if (stopped) return;
    const frame = document.visibilityState === "visible" ? frameOf(video) : null;
    if (frame) {
      const codes = await readBarcodes(frame, READER).catch(() => []);
      for (const { text, isValid } of codes) if (isValid && !stopped && isNews(text)) onText(text);
    }
    if (!stopped) timer = setTimeout(look, PAUSE);
  }

  function isNews(text) {
    const now = performance.now();
    const last = seen.get(text) ?? -Infinity;
    seen.set(text, now);
    return now - last > IGNORED;
  }

  async function setTorch(on) {
    await stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
  }

  start();
  return { stop, setTorch };
}

const CAUSES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no-camera",
  OverconstrainedError: "no-camera",
  NotReadableError: "busy",
  AbortError: "busy",
};

function messages() {
  return JSON.parse(document.getElementById("scanner-messages")?.textContent ?? "{}");
}

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

function frameOf(video) {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth) return null;
  const scale = Math.min(1, LONG_SIDE / Math.max(videoWidth, videoHeight));
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
