/** A soft sound, made here: two notes, one after the other. */

/** Hertz, and seconds from the beginning: a fifth upwards. */
const NOTES = [[587.33, 0], [880, 0.09]];
const LASTS_S = 0.5;
const LOUDNESS = 0.06;

/** @type {AudioContext | undefined} */
let audio;

/**
 * Before somebody has clicked or typed, browsers do not let a page be heard; then
 * nothing happens.
 */
export async function chime() {
  audio ??= new AudioContext();
  if (audio.state === 'suspended') await audio.resume();
  const { currentTime, destination } = audio;
  for (const [hertz, after] of NOTES) {
    const note = audio.createOscillator();
    const envelope = audio.createGain();
    const start = currentTime + after;
    note.frequency.value = hertz;
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    envelope.gain.exponentialRampToValueAtTime(0.0001, start + LASTS_S);
    note.connect(envelope).connect(destination);
    note.start(start);
    note.stop(start + LASTS_S);
  }
}
