// Images that are attached to a message, as data URLs: nothing is uploaded before the message is sent.
import { append, h } from '../dom.js';
import { size } from '../format.js';
import { icon } from '../icons.js';

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const MOST = 8;
const MOST_BYTES = 8 * 1024 * 1024;
/** Base64 adds a third, and the gateway accepts 32 MiB by default. */
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
    for (const file of files) {
      const together = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
      if (!TYPES.includes(file.type)) refused.push(`${file.name || 'It'} is not a PNG, JPEG, GIF or WebP image.`);
      else if (file.size > MOST_BYTES) refused.push(`${file.name} has ${size(file.size)}; at most ${size(MOST_BYTES)} are allowed.`);
      else if (pictures.length >= MOST) refused.push(`A message can have at most ${MOST} images.`);
      else if (together + file.size > MOST_TOGETHER) refused.push(`The images would have more than ${size(MOST_TOGETHER)} together.`);
      else pictures.push({ name: file.name || 'image', bytes: file.size, url: await dataUrl(file) });
    }
    complain(refused[0] ?? '');
    show();
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
