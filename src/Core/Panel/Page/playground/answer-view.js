// A response as it arrives: reasoning apart, text as Markdown, tool calls with inputs for their results, and measurements.
import { copyButton } from '../clipboard.js';
import { append, h } from '../dom.js';
import { count, duration, money, plural } from '../format.js';
import { icon } from '../icons.js';
import { baseCost } from '../models.js';
import { markdownInto } from '../text/markdown.js';
import { recordedCost } from './recorded-cost.js';
import { toolCallView } from './tool-call-view.js';

/**
 * @param {import('../models.js').Model | undefined} model
 * @param {{onResults: (results: {id: string, name: string, content: string}[]) => boolean, onRaw: () => void, onRetry: () => void}} actions
 *   onResults returns whether they were sent
 */
export function answerView(model, { onResults, onRaw, onRetry }) {
  const waiting = h('p', { class: 'waiting' }, h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), h('span', { class: 'unseen' }, 'Waiting for the response'));
  const thoughtText = h('div', { class: 'prose' });
  const thoughtLabel = h('span', null, 'Reasoning');
  const thought = h('details', { class: 'thought', hidden: true }, h('summary', null, icon('brain'), thoughtLabel), thoughtText);
  const text = h('div', { class: 'prose' });
  const calls = h('div', { class: 'calls' });
  const end = h('div', { class: 'answer-end' });
  const element = h('article', { class: 'message assistant', 'aria-label': 'Response', 'aria-busy': true }, thought, text, calls, waiting, end);
  const answerMarkdown = markdownInto(text);
  const thoughtMarkdown = markdownInto(thoughtText);
  const told = { text: 0, reasoning: 0 };
  /** @type {ReturnType<typeof toolCallView>[]} */
  const views = [];

  return { element, show, finish };

  /** @param {import('./dialects/answer.js').Answer} answer as received so far */
  function show(answer) {
    if (answer.firstAt !== null && !waiting.hidden) waiting.hidden = true;
    if (answer.reasoning.length > told.reasoning) {
      thought.hidden = false;
      thoughtMarkdown.push(answer.reasoning.slice(told.reasoning));
      told.reasoning = answer.reasoning.length;
    }
    const words = answer.text + answer.refusal;
    if (words.length > told.text) {
      thoughtLabel.textContent = 'Reasoning';
      answerMarkdown.push(words.slice(told.text));
      told.text = words.length;
    }
    answer.toolCalls.forEach((call, at) => {
      if (!views[at]) calls.append((views[at] = toolCallView()).element);
      views[at].show(call);
    });
  }

  /** @param {import('./dialects/answer.js').Answer} answer complete, or as much as was received */
  function finish(answer) {
    show(answer);
    answerMarkdown.end();
    thoughtMarkdown.end();
    thoughtLabel.textContent = answer.reasoning ? `Reasoning, ${plural(answer.reasoning.trim().split(/\s+/).length, 'word')}` : 'Reasoning';
    waiting.remove();
    element.removeAttribute('aria-busy');
    if (answer.refusal) text.before(h('p', { class: 'note orange' }, icon('warn'), 'The model refused.'));
    append(end, [outcome(answer), answer.losses.map(lossNote), measures(answer, model), buttons(answer)]);
    if (views.length && !answer.error && !answer.stopped) askForResults();
  }

  function askForResults() {
    views.forEach((view) => view.askForResult());
    const send = h('button', { type: 'submit', class: 'button' }, icon('send'), h('span', null, views.length > 1 ? 'Send the results' : 'Send the result'));
    const form = h('form', { class: 'results' });
    calls.replaceWith(form);
    form.append(calls, send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!onResults(views.map((view) => view.result()))) return;
      send.remove();
      views.forEach((view) => view.close());
    });
  }

  function buttons(answer) {
    return h(
      'div',
      { class: 'answer-buttons' },
      answer.text ? copyButton('Copy the response', () => answer.text, { compact: true }) : null,
      h('button', { type: 'button', class: 'icon-button small', 'aria-label': 'Raw request and response', title: 'Raw request and response', on: { click: onRaw } }, icon('raw')),
      h('button', { type: 'button', class: 'icon-button small', 'aria-label': 'Ask again', title: 'Ask again', on: { click: onRetry } }, icon('retry')),
    );
  }
}

function outcome(answer) {
  if (answer.error) {
    const { message, code, status } = answer.error;
    const facts = [status ? `HTTP ${status}` : null, code, answer.requestId && `request ${answer.requestId}`].filter(Boolean).join(' · ');
    return h('div', { class: 'note red', role: 'alert' }, icon('cross'), h('div', null, h('p', { dir: 'auto' }, message), facts ? h('p', { class: 'hint' }, facts) : null));
  }
  if (answer.stopped) return h('p', { class: 'note' }, icon('stop'), 'Stopped.');
  if (answer.finish === 'length') return h('p', { class: 'note orange' }, icon('warn'), 'Stopped at the token limit.');
  if (answer.finish === 'content_filter') return h('p', { class: 'note orange' }, icon('warn'), 'Ended by a content filter.');
  if (!answer.text && !answer.refusal && !answer.toolCalls.length) return h('p', { class: 'note' }, icon('minus'), 'The response is empty.');
  return null;
}

/** `dropped=seed,stop; emulated=response_format` as text. */
function lossNote(losses) {
  const items = losses.split(';').map((part) => part.trim().split('='));
  const words = { dropped: 'Dropped', emulated: 'Emulated' };
  return h('p', { class: 'note orange' }, icon('warn'), h('span', null, items.map(([kind, names], at) => [at ? ' · ' : '', `${words[kind] ?? kind}: `, h('code', null, (names ?? '').replaceAll(',', ', '))])));
}

/** Filled in when the request's record is available; without one it is an estimate from base prices. */
function cost(answer, model) {
  const value = h('span', { class: 'cost' }, '…');
  recordedCost(answer.requestId).then((record) => {
    const about = baseCost(model, answer.usage);
    value.textContent = record || about === null ? money(record?.cost) : `about ${money(about)}`;
    if (!record) value.title = 'by base prices: the record of this request was not found on the instance that was asked';
    else if (record.cost === null) value.title = 'the price of this model is not known';
  });
  return value;
}

function measures(answer, model) {
  const usage = answer.usage;
  const facts = [];
  const fact = (name, value, title) => facts.push(h('div', { title }, h('dt', null, name), h('dd', null, value)));
  if (answer.firstAt !== null) fact('First token', duration(answer.firstAt - answer.startedAt));
  fact('Total', duration(answer.endedAt - answer.startedAt));
  const speed = usage && answer.firstAt !== null ? usage.completion_tokens / ((answer.endedAt - answer.firstAt) / 1000) : null;
  if (speed && Number.isFinite(speed) && answer.endedAt - answer.firstAt > 20) fact('Speed', `${count(speed)} tok/s`, 'output tokens per second, from the first one on');
  if (usage) {
    const cached = usage.prompt_tokens_details?.cached_tokens;
    const thoughts = usage.completion_tokens_details?.reasoning_tokens;
    fact('In', `${count(usage.prompt_tokens)}${cached ? ` (${count(cached)} cached)` : ''}`, 'input tokens');
    fact('Out', `${count(usage.completion_tokens)}${thoughts ? ` (${count(thoughts)} reasoning)` : ''}`, 'output tokens');
    fact('Cost', cost(answer, model), 'as the gateway recorded it');
  }
  return h('dl', { class: 'measures' }, facts);
}
