// Builds elements. Text only ever becomes text nodes: nothing in the panel parses markup.

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'open', 'readOnly', 'selected', 'indeterminate', 'htmlFor', 'tabIndex', 'noValidate']);

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props] `class`, `data`, `on` (listeners by name); properties and attributes by their names
 * @param {...(Node | string | number | null | undefined | false | Array<any>)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  set(element, props);
  append(element, children);
  return element;
}

/** @returns {SVGElement} */
export function svg(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, props);
  append(element, children);
  return element;
}

export function set(element, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name === 'class') element.setAttribute('class', value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (PROPERTIES.has(name)) element[name] = value;
    else if (name.startsWith('aria-')) element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false) element.setAttribute(name, value);
  }
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

let ids = 0;

/** @returns {string} an id that is unique in the page */
export const uniqueId = (prefix = 'x') => `${prefix}-${++ids}`;

/** A label with its control and a hint, linked to each other. */
export function field(label, control, { hint, error, inline = false } = {}) {
  control.id ||= uniqueId('field');
  const described = [hint, error].filter(Boolean).map((element) => (element.id ||= uniqueId('hint')));
  if (described.length) control.setAttribute('aria-describedby', described.join(' '));
  const text = h('label', { htmlFor: control.id }, label);
  return h('div', { class: inline ? 'field inline' : 'field' }, inline ? [control, text] : [text, control], hint, error);
}

/** Calls at most once per `milliseconds`, and once more after the last call. */
export function throttle(milliseconds, action) {
  let timer = null;
  let again = false;
  return function run() {
    if (timer !== null) {
      again = true;
      return;
    }
    action();
    timer = setTimeout(() => {
      timer = null;
      if (again) {
        again = false;
        run();
      }
    }, milliseconds);
  };
}
