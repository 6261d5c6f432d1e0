// Every request to the gateway. The session cookie is accepted only together with the header below, so that other
// pages cannot use it. An ended session is renewed by the registered action (see session.js), and the request is repeated.

const root = new URL('../../', import.meta.url);
const PANEL = { 'x-nano-panel': '1' };

/** An error response, in OpenAI's format if the gateway wrote it. */
export class ApiError extends Error {
  /** @param {{status: number, message: string, code?: string | null, type?: string | null, param?: string | null, retryAfter?: number | null, requestId?: string | null, raw?: string}} error */
  constructor({ status, message, code = null, type = null, param = null, retryAfter = null, requestId = null, raw = '' }) {
    super(message);
    Object.assign(this, { status, code, type, param, retryAfter, requestId, raw });
  }
}

/** The user chose not to sign in again. */
export class SignedOutError extends Error {
  constructor() {
    super('You are signed out. Sign in to continue.');
  }
}

let renew = async () => {
  throw new SignedOutError();
};

/** @param {() => Promise<void>} action signs in again, or throws */
export const renewSessionBy = (action) => (renew = action);

/**
 * @param {string} path from the gateway's root, without a slash: `api/models`
 * @param {{method?: string, body?: string, headers?: Record<string, string>, signal?: AbortSignal}} [init]
 * @param {boolean} [repeat] whether an ended session is renewed
 * @returns {Promise<Response>} of a success; anything else is thrown
 */
export async function send(path, { headers, ...init } = {}, repeat = true) {
  const sent = { ...init, headers: { ...PANEL, ...(init.body === undefined ? {} : { 'content-type': 'application/json' }), ...headers } };
  for (;;) {
    const response = await reach(new URL(path, root), sent);
    if (response.ok) return response;
    const error = await readError(response);
    if (response.status !== 401 || !repeat) throw error;
    await renew();
  }
}

/** @returns {Promise<any>} the response's JSON */
export async function getJson(path, signal) {
  return (await send(path, { signal })).json();
}

/** @returns {Promise<any>} */
export async function postJson(path, body, { repeat = true } = {}) {
  return (await send(path, { method: 'POST', body: JSON.stringify(body) }, repeat)).json();
}

/** @returns {Promise<any>} */
export async function patchJson(path, body) {
  return (await send(path, { method: 'PATCH', body: JSON.stringify(body) })).json();
}

async function reach(url, init) {
  try {
    return await fetch(url, { cache: 'no-store', credentials: 'same-origin', redirect: 'error', ...init });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'unreachable', message: 'The gateway cannot be reached. Is it still running?' });
  }
}

async function readError(response) {
  const raw = await response.text().catch(() => '');
  let error = {};
  try {
    error = JSON.parse(raw).error ?? {};
  } catch {
    // Not the gateway's response: a proxy's page, or nothing.
  }
  return new ApiError({
    status: response.status,
    message: typeof error.message === 'string' ? error.message : `The response was ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`,
    code: [error.code, error.status, error.type].find((value) => typeof value === 'string') ?? null,
    type: error.type,
    param: error.param,
    retryAfter: Number(response.headers.get('retry-after')) || null,
    requestId: response.headers.get('x-request-id'),
    raw,
  });
}
