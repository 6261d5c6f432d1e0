// Why keys and usage cannot be shown, and how to fix it.
import { getJson } from './api.js';
import { h } from './dom.js';
import { icon } from './icons.js';

const FIXES = {
  state_store_not_configured: () => ['In the settings of the gateway: ', code('sqlite:nano.db'), ' with LocalHost on one machine, ', code('table:https://ACCOUNT.table.core.windows.net'), ' on Azure, or ', code('redis:HOST:PORT'), '. Then restart it.'],
  state_store_unavailable: () => ['The setting ', code('STATE_STORE'), ' names the store. Check that it runs and that the gateway can reach it; ', code('GET /readyz'), ' reports its state.'],
};

const code = (text) => h('code', null, text);

/** Reads from the state store. A store that is slow at its first call is asked once more. */
export async function readStore(path) {
  try {
    return await getJson(path);
  } catch (error) {
    if (error.code !== 'state_store_unavailable') throw error;
    await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(error.retryAfter ?? 1, 2)));
    return getJson(path);
  }
}

/**
 * @param {{message: string, code?: string | null}} error
 * @param {() => void} again
 */
export function storeProblem(error, again) {
  const fix = FIXES[error.code]?.();
  return h(
    'div',
    { class: 'problem' },
    h('div', { class: `note ${error.code === 'state_store_not_configured' ? 'orange' : 'red'}`, role: 'alert' }, icon('warn'), h('div', null, h('p', null, error.message), fix ? h('p', { class: 'fix-hint' }, fix) : null)),
    h('button', { type: 'button', class: 'button', on: { click: again } }, icon('retry'), h('span', null, 'Try again')),
  );
}
