// What changes without the person's doing is said to a screen reader, politely and not too often.
const region = document.getElementById('announcer');
const MOST = 600;

/** @param {string} text */
export function announce(text) {
  // The same words again are a change only when they went away in between.
  region.textContent = '';
  requestAnimationFrame(() => (region.textContent = text.length > MOST ? `${text.slice(0, MOST)} …` : text));
}
