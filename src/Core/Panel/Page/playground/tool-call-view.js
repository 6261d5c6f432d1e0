import { field, h } from '../dom.js';
import { icon } from '../icons.js';
import { hasControls, visibleControls } from '../text/controls.js';

/** A tool call with its arguments, and the result that the person types for it. */
export function toolCallView() {
  const name = h('code', { class: 'call-name' });
  const args = h('pre', { class: 'call-arguments', tabindex: '0', role: 'group', 'aria-label': 'Arguments', dir: 'ltr' });
  const element = h('div', { class: 'call' }, h('div', { class: 'call-head' }, icon('tool'), name), args);
  const input = h('textarea', { rows: 2, class: 'code', required: true, placeholder: '{"temperature": 21}', spellcheck: 'false' });
  let call = { id: '', name: '', arguments: '' };
  let shown = 0;

  return {
    element,
    /** @param {import('./dialects/answer.js').ToolCall} now as received so far */
    show(now) {
      call = now;
      if (name.textContent !== call.name) name.textContent = call.name;
      if (call.arguments.length > shown) {
        args.append(call.arguments.slice(shown));
        shown = call.arguments.length;
      }
    },
    askForResult() {
      const text = pretty(call.arguments);
      args.replaceChildren(...(hasControls(text) ? visibleControls(text) : [text]));
      element.append(field(`Result of ${call.name}`, input));
    },
    close() {
      input.readOnly = true;
    },
    result: () => ({ id: call.id, name: call.name, content: input.value, isCustom: call.isCustom }),
  };
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
