// The deployments that aliases choose among: which of them are in use, why the others are not, and draining one by hand.
import { announce } from '../announce.js';
import { getJson, postJson } from '../api.js';
import { append, h } from '../dom.js';
import { fields, openForm } from '../form-dialog.js';
import { ago, dayAndTime, duration } from '../format.js';
import { icon } from '../icons.js';
import { action, table } from '../listing.js';

const DURATIONS = [['600', '10 minutes'], ['3600', '1 hour'], ['28800', '8 hours'], ['86400', '24 hours']];

const words = (name) => name.replaceAll('_', ' ');

export function deployments() {
  let latest = 0;
  const listing = table('Deployments', ['Deployment', 'State', 'Last failures']);
  const error = h('p', { class: 'form-error', role: 'alert' });
  const refresh = h('button', { type: 'button', class: 'button', on: { click: load } }, icon('retry'), h('span', null, 'Refresh'));
  const element = h(
    'section',
    { class: 'stack', 'aria-labelledby': 'deployments', hidden: true },
    h('div', { class: 'page-head' }, h('div', null, h('h3', { id: 'deployments' }, 'Deployments'), h('p', { class: 'hint' }, 'The deployments that aliases, and models with several keys, choose from, as this instance sees them.')), refresh),
    error,
    listing.element,
  );
  return { element, load };

  async function load() {
    const mine = ++latest;
    try {
      const { data } = await getJson('api/deployments');
      // A later request knows more.
      if (mine !== latest) return;
      error.replaceChildren();
      listing.fill(data.map(line));
      element.hidden = data.length === 0;
    } catch (problem) {
      error.replaceChildren(icon('warn'), h('span', null, problem.message));
    }
  }

  function line(one) {
    return [
      h('bdi', { class: 'strong' }, one.name),
      [stateOf(one), h('span', { class: 'under' }, [one.cooldown_until ? `until ${dayAndTime(one.cooldown_until)}` : one.breaker_wait_ms ? `probed in ${duration(one.breaker_wait_ms)}` : null, one.open_requests ? `${one.open_requests} open` : null].filter(Boolean).join(', '))],
      one.last_failure || one.failures.length ? [lastOf(one), failuresOf(one)] : 'none',
      one.cooldown_until ? action('check', `Use ${one.name} again`, () => resume(one)) : action('stop', `Drain ${one.name}`, () => openDrain(one)),
    ];
  }

  async function resume({ name }) {
    try {
      await postJson('api/deployments', { name, drain_seconds: 0 });
      announce(`${name} is used again`);
    } catch (problem) {
      error.replaceChildren(icon('warn'), h('span', null, problem.message));
      return;
    }
    await load();
    refresh.focus();
  }

  function openDrain({ name }) {
    const time = h('select', null, DURATIONS.map(([value, label]) => h('option', { value }, label)));
    const form = fields({ drain_seconds: time });
    openForm(
      `Drain ${name}`,
      {
        label: 'Drain', form,
        read: () => ({ body: { name, drain_seconds: Number(time.value) }, problems: {} }),
        send: (body) => postJson('api/deployments', body),
        async done(_, __, dialog) {
          dialog.close();
          announce(`${name} is drained`);
          await load();
          refresh.focus();
        },
      },
      h('p', null, 'Aliases send it no new requests; open ones continue. With a state store this applies to all instances, otherwise to this one.'),
      form.row('drain_seconds', 'For'),
    );
  }
}

/** The last failures that count against the deployment, latest first. */
const failuresOf = ({ failures }) => h('span', { class: 'under' }, failures.map((one) => `${words(one.failure)} ${ago(one.time)}`).reverse().join(', '));

/** The last failure among the requests that this instance remembers. */
function lastOf({ last_failure: last }) {
  if (!last) return [];
  return [words(last.outcome), h('span', { class: 'under' }, ago(last.time), last.error && last.error !== last.outcome ? `, ${last.error}` : null)];
}

function stateOf(one) {
  const light = (colour, sign, text) => append(h('span', { class: `light ${colour}` }), [icon(sign), text]);
  if (one.drained) return light('grey', 'minus', 'drained');
  if (one.cooldown_until) return light('orange', 'warn', `pausing: ${words(one.cooldown_reason)}`);
  if (one.breaker === 'open') return light('red', 'cross', 'breaker open');
  return one.breaker === 'half_open' ? light('orange', 'warn', 'due for a probe') : light('green', 'check', 'in use');
}
