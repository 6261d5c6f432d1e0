// Images that are attached to a message, as data URLs: nothing is uploaded before the message is sent.
import { append, h } from '../dom.js';
import { size } from '../format.js';
import { icon } from '../icons.js';
import { session } from '../session.js';

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const MOST = 8;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_TOGETHER = 20 * 1024 * 1024;

/**
 * @typedef {{name: string, bytes: number, url: string}} Picture
 * @param {(message: string) => void} complain
 */
export function imageTray(complain) {
  /** @type {Picture[]} */
  let pictures = [];
  const element = h('ul', { class: 'tray', 'aria-label': 'Images to send', hidden: true });
  const input = h('input', { type: 'file', accept: TYPES.join(','), multiple: true, class: 'unseen', tabIndex: -1, 'aria-hidden': 'true' });
  const button = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Add images', title: 'Add images (or paste, or drop them)', on: { click: () => input.click() } }, icon('image'));
  input.addEventListener('change', async () => {
    await add(input.files);
    input.value = '';
  });
  return { element, button, input, add, take, peek: () => pictures };

  /** @param {Iterable<File>} files */
  async function add(files) {
    const refused = [];
    for (const file of [...files]) {
      const url = problemOf(file) ? null : await dataUrl(file).catch(() => null);
      // While the file was read, other pictures may have been added, removed or sent.
      const problem = problemOf(file) ?? (url ? null : `${file.name || 'It'} cannot be read.`);
      if (problem) refused.push(problem);
      else pictures.push({ name: file.name || 'image', bytes: file.size, url });
    }
    complain(refused[0] ?? '');
    show();
  }

  /** @param {File} file @returns {string | null} */
  function problemOf(file) {
    const [most, together] = [MOST_BYTES, MOST_TOGETHER].map((bytes) => Math.min(bytes, roomForImages()));
    const why = most < MOST_BYTES ? ` A request may have ${size(session.maxRequestBytes)} (the gateway’s setting MAX_REQUEST_BYTES), and Base64 adds a third.` : '';
    if (!TYPES.includes(file.type)) return `${file.name || 'It'} is not a PNG, JPEG, GIF or WebP image.`;
    if (file.size > most) return `${file.name} has ${size(file.size)}; at most ${size(most)} are allowed.${why}`;
    if (pictures.length >= MOST) return `A message can have at most ${MOST} images.`;
    return pictures.reduce((sum, picture) => sum + picture.bytes, file.size) > together ? `The images would have more than ${size(together)} together.${why}` : null;
  }

  /** @returns {Picture[]} and empties the tray */
  function take() {
    const taken = pictures;
    pictures = [];
    show();
    return taken;
  }

  function show() {
    element.hidden = pictures.length === 0;
    element.replaceChildren();
    append(element, pictures.map((picture) => h(
      'li',
      null,
      h('img', { src: picture.url, alt: picture.name }),
      h('button', { type: 'button', class: 'icon-button small', 'aria-label': `Remove ${picture.name}`, on: { click: () => remove(picture) } }, icon('cross')),
    )));
  }

  function remove(picture) {
    pictures = pictures.filter((other) => other !== picture);
    show();
    button.focus();
  }
}

/** Bytes of images that a request has room for: four characters of Base64 are three bytes. */
const roomForImages = () => (session.maxRequestBytes / 4) * 3;

/** @param {DataTransfer | null} data of a drop or a paste */
export const filesOf = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith('image/'));

function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
