// The current sign-in. The key itself is sent once and not stored; scripts cannot read the cookie.
import { getJson, postJson, renewSessionBy, send, SignedOutError } from './api.js';

/** @type {{signedIn: boolean, expiresAt: string | null, version: string, baseUrl: string, defaultKey: boolean, problem: string | null, maxRequestBytes: number}} */
export const session = { signedIn: false, expiresAt: null, version: '', baseUrl: '', defaultKey: false, problem: null, maxRequestBytes: Infinity };

export async function loadSession() {
  const state = await getJson('api/session');
  session.signedIn = state.signed_in;
  session.expiresAt = state.expires_at ?? null;
  session.version = state.version;
  session.baseUrl = state.base_url;
  session.defaultKey = state.default_key === true;
  session.problem = state.problem ?? null;
  session.maxRequestBytes = state.max_request_bytes;
}

/** @param {string} key */
export async function signIn(key) {
  const state = await postJson('api/session', { key }, { repeat: false });
  session.signedIn = true;
  session.expiresAt = state.expires_at;
}

export async function signOut() {
  await send('api/session', { method: 'DELETE' }, false);
  session.signedIn = false;
}

let asking = null;

/**
 * Several requests may find the session ended at once: they wait for one dialog.
 * @param {(done: (signedIn: boolean) => void) => void} ask
 */
export function askToSignInBy(ask) {
  renewSessionBy(() => {
    session.signedIn = false;
    asking ??= new Promise((resolve, reject) => {
      ask((signedIn) => {
        asking = null;
        if (signedIn) resolve();
        else reject(new SignedOutError());
      });
    });
    return asking;
  });
}
