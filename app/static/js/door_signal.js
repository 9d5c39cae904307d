// What a hand and an ear notice while the eye is on the next person: vibration, and short tones made on the spot.

const TONES = {
  good: [[660, 0, 0.09], [990, 0.1, 0.16]],
  warn: [[520, 0, 0.14], [520, 0.2, 0.14]],
  bad: [[190, 0, 0.45]],
  info: [[780, 0, 0.12]],
};
const SHAKES = { good: [70], warn: [60, 80, 60], bad: [350], info: [40] };

let audio = null;

/** Allow sound; browsers want that from a tap. */
export function allowSound() {
  audio ??= window.AudioContext ? new AudioContext() : null;
  audio?.resume().catch(() => {});
}

/** Say a tone: good, warn, bad or info. */
export function signal(tone) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[tone]);
  if (audio?.state !== "running") return;
  for (const [pitch, delay, length] of TONES[tone]) {
    const start = audio.currentTime + delay;
    const oscillator = new OscillatorNode(audio, { frequency: pitch, type: tone === "bad" ? "sawtooth" : "sine" });
    const gain = new GainNode(audio, { gain: 0.25 });
    gain.gain.setTargetAtTime(0, start + length - 0.03, 0.015); // no click at the end
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + length + 0.05);
  }
}
