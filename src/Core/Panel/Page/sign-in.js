import { openDialog } from './dialog.js';
import { append, field, h, uniqueId } from './dom.js';
import { icon } from './icons.js';
import { span } from './format.js';
import { session, signIn } from './session.js';

/** The page before sign-in. */
export function showSignIn(section, onDone) {
  section.replaceChildren();
  append(section, [
    h('h2', { id: 'sign-in-title' }, 'Sign in'),
    h('p', { class: 'lead' }, 'Enter the gateway’s key to try models, check providers, and manage keys and budgets.'),
    session.problem ? h('p', { class: 'note orange', role: 'alert' }, icon('warn'), h('span', null, session.problem)) : null,
    signInForm(onDone),
    h('dl', { class: 'about' }, h('div', null, h('dt', null, 'Base URL'), h('dd', null, h('code', null, session.baseUrl))), h('div', null, h('dt', null, 'Version'), h('dd', null, session.version))),
  ]);
  section.hidden = false;
  section.querySelector('input[type=password]').focus();
}

/** An overlay for when the session ends while the page is in use: typed input is kept. */
export function askToSignIn(done) {
  let signedIn = false;
  const dialog = openDialog(
    'Your session has ended',
    { class: 'narrow', onClose: () => done(signedIn) },
    h('p', null, 'Sign in again to continue where you stopped. Nothing you typed is lost.'),
    signInForm(() => {
      signedIn = true;
      dialog.close();
    }),
  );
  dialog.querySelector('input[type=password]').focus();
}

function signInForm(onDone) {
  const key = h('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false', autocapitalize: 'off' });
  const error = h('p', { class: 'form-error', role: 'alert', id: uniqueId('error') });
  const submit = h('button', { type: 'submit', class: 'button primary' }, 'Sign in');
  const hint = h('p', { class: 'hint' });
  if (session.defaultKey) hint.append('This gateway uses the default key: ', h('code', null, 'Nano'), '.');
  else hint.append('It is the value of ', h('code', null, 'API_KEY'), ' where the gateway runs.');
  const fail = (text) => {
    error.replaceChildren(icon('warn'), h('span', null, text));
    key.setAttribute('aria-invalid', 'true');
  };
  const form = h(
    'form',
    { class: 'stack', noValidate: true },
    // Password managers store the key under a user name.
    h('input', { type: 'text', name: 'username', autocomplete: 'username', value: 'gateway', readOnly: true, class: 'unseen', tabIndex: -1, 'aria-hidden': 'true' }),
    field('Gateway key', key, { hint, error }),
    submit,
  );
  // The label belongs to the input, the button is beside it.
  const holder = h('div', { class: 'with-button' });
  key.replaceWith(holder);
  holder.append(key, revealButton(key));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    error.replaceChildren();
    key.removeAttribute('aria-invalid');
    if (!key.value) {
      fail('Enter the key.');
      key.focus();
      return;
    }
    submit.disabled = true;
    try {
      await signIn(key.value);
      key.value = '';
      onDone();
    } catch (problem) {
      fail(problem.status === 401 ? 'That is not the key of this gateway.' : problem.message);
      key.select();
      key.focus();
      if (problem.status === 429 && problem.retryAfter) await wait(problem.retryAfter, submit);
    } finally {
      submit.disabled = false;
    }
  });
  return form;
}

function revealButton(key) {
  const button = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Show the key', 'aria-pressed': false }, icon('eye'));
  button.addEventListener('click', () => {
    const show = key.type === 'password';
    key.type = show ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(show));
  });
  return button;
}

/** Too many failures: the button shows how long to wait. */
async function wait(seconds, button) {
  for (let left = Math.min(seconds, 3600); left > 0; left--) {
    button.textContent = `Wait ${span(left)}`;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  button.textContent = 'Sign in';
}
