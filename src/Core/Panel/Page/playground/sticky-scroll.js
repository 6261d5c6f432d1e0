import { h } from '../dom.js';
import { icon } from '../icons.js';

const NEAR = 32;

/** Follows content that grows at the end while the user is there; after scrolling up, the position stays and a button leads back. */
export function stickyScroll(list) {
  let atEnd = true;
  const button = h('button', { type: 'button', class: 'jump', hidden: true, 'aria-label': 'Go to the end', title: 'Go to the end' }, icon('jump'));
  const toEnd = () => {
    atEnd = true;
    list.scrollTop = list.scrollHeight;
    button.hidden = true;
  };
  list.addEventListener('scroll', () => {
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    button.hidden = atEnd;
  }, { passive: true });
  button.addEventListener('click', () => {
    toEnd();
    list.focus();
  });
  return {
    button, toEnd,
    follow() {
      if (atEnd) toEnd();
      else button.hidden = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    },
  };
}
