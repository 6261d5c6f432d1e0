// Announces changes that the user did not cause to screen readers, politely and not too often.
const region = document.getElementById('announcer');
const MOST = 600;

/** @param {string} text */
export function announce(text) {
  // Screen readers announce the same text again only if it was cleared in between.
  region.textContent = '';
  requestAnimationFrame(() => (region.textContent = text.length > MOST ? `${text.slice(0, MOST)} …` : text));
}
