// One conversation with one model: its picker, its messages, and the current request.
import { announce } from '../announce.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { abilities, describe } from '../models.js';
import { answerView } from './answer-view.js';
import { turnOf } from './dialects/dialects.js';
import { runExchange } from './exchange.js';
import { modelPicker } from './model-picker.js';
import { openRaw } from './raw-dialog.js';
import { stickyScroll } from './sticky-scroll.js';
import { userView } from './user-view.js';

/**
 * @param {{label: string, models: import('../models.js').Model[], empty: () => HTMLElement,
 *   build: (model: string, turns: import('./dialects/dialects.js').Turn[]) => ReturnType<typeof import('./request.js').buildRequest> | null, onState: () => void}} options
 *   build returns the request, or null when the settings contain mistakes
 */
export function pane({ label, models, empty, build, onState }) {
  const facts = h('p', { class: 'pane-facts' });
  const picker = modelPicker({ label, models, onChange: showFacts });
  const list = h('div', { class: 'messages', role: 'log', 'aria-live': 'off', 'aria-label': 'Conversation', tabindex: '0' }, empty());
  const scroll = stickyScroll(list);
  const clearButton = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'New conversation', title: 'New conversation', on: { click: clear } }, icon('trash'));
  const element = h('section', { class: 'pane', 'aria-label': label }, h('div', { class: 'pane-head' }, picker.element, clearButton, facts), h('div', { class: 'pane-body' }, list, scroll.button));
  /** @type {import('./dialects/dialects.js').Turn[]} */
  let turns = [];
  /** @type {AbortController | null} */
  let running = null;

  return {
    element, picker,
    isRunning: () => running !== null,
    /** The model has called tools and waits for their results: until then it accepts no other message. */
    awaitsResults: () => turns.at(-1)?.toolCalls?.length > 0,
    focusResult: () => list.querySelector('.results textarea:not([readonly])')?.focus(),
    turns: () => turns,
    ask(content) {
      turns.push({ role: 'user', content });
      add(userView(content));
      scroll.toEnd();
      return run();
    },
    stop: () => running?.abort(),
    clear,
  };

  function showFacts(id) {
    const model = models.find((candidate) => candidate.id === id);
    facts.textContent = model ? [describe(model), abilities(model).join(', '), model.available ? '' : 'its provider has no key here'].filter(Boolean).join(' · ') : 'not in the catalogue: price and abilities are unknown';
  }

  function add(view) {
    if (!turns.length || list.firstElementChild?.classList.contains('empty')) list.replaceChildren();
    list.append(view);
  }

  function clear() {
    running?.abort();
    turns = [];
    list.replaceChildren(empty());
    onState();
  }

  /** @param {ReturnType<typeof build>} built null when the settings contain mistakes: nothing is sent then */
  async function run(id = picker.value(), built = build(id, turns)) {
    if (!built) return;
    const mine = turns;
    const before = mine.length;
    const request = { dialect: built.dialect, path: built.dialect.path(id), body: built.dialect.streamed(built.body) };
    const controller = (running = new AbortController());
    onState();
    let answer = null;
    const view = answerView(models.find((model) => model.id === id), {
      onResults(results) {
        const turn = { role: 'tool', results };
        const next = picker.value();
        const sent = build(next, [...mine, turn]);
        if (!sent) return false;
        mine.push(turn);
        run(next, sent);
        return true;
      },
      onRaw: () => openRaw(request, answer),
      onRetry() {
        if (running || mine !== turns) return;
        const next = picker.value();
        const sent = build(next, mine.slice(0, before));
        if (!sent) return;
        // Remove everything after the question and ask it again.
        mine.length = before;
        while (view.element.nextSibling) view.element.nextSibling.remove();
        view.element.remove();
        run(next, sent);
      },
    });
    add(view.element);
    scroll.follow();
    const draw = paced(() => {
      view.show(answer);
      scroll.follow();
    });
    announce('Generating');
    try {
      answer = await runExchange(request, {
        signal: controller.signal, strict: built.strict,
        onChange(now) {
          answer = now;
          draw.soon();
        },
      });
      draw.cancel();
      view.finish(answer);
      scroll.follow();
    } finally {
      // If something cannot be rendered, the conversation continues.
      draw.cancel();
      if (running === controller) running = null;
      if (answer) {
        const turn = answer.error ? null : turnOf(built.dialect, answer);
        if (mine === turns && turn) mine.push(turn);
        announce(summary(answer));
      }
      onState();
    }
  }
}

function summary(answer) {
  if (answer.error) return `Failed: ${answer.error.message}`;
  if (answer.stopped) return 'Stopped';
  const calls = answer.toolCalls.map((call) => call.name);
  return calls.length ? `The model calls ${calls.join(', ')}` : `Response: ${answer.text || answer.refusal || 'empty'}`;
}

/** Renders once per frame at most, and never takes more than a fifth of the time, however much there is to render. */
function paced(draw) {
  let frame = 0;
  let timer = 0;
  let earliest = 0;
  const run = () => {
    frame = timer = 0;
    const start = performance.now();
    draw();
    const end = performance.now();
    earliest = end + (end - start) * 4;
  };
  return {
    soon() {
      if (frame || timer) return;
      const wait = earliest - performance.now();
      // A hidden page has no animation frames.
      if (document.hidden || wait > 20) timer = setTimeout(run, Math.max(wait, 50));
      else frame = requestAnimationFrame(run);
    },
    cancel() {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    },
  };
}
