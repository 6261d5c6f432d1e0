// A dialog with a form: mistakes, including the gateway's errors, are shown at their fields, and typed input is kept.
import { openDialog, showAgain } from './dialog.js';
import { append, field, h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * @param {Record<string, HTMLElement>} controls by the names of the members that they write
 * @returns {{row: (name: string, label: string, hint?: any) => HTMLElement, show: (problems: Record<string, string>) => boolean}}
 *   show returns whether there is no mistake; otherwise the first field with one gets the focus
 */
export function fields(controls) {
  const errors = Object.fromEntries(Object.keys(controls).map((name) => [name, h('p', { class: 'field-error', id: uniqueId('problem') })]));
  return {
    row: (name, label, hint) => field(label, controls[name], { hint: hint && h('p', { class: 'hint' }, hint), error: errors[name], inline: controls[name].type === 'checkbox' }),
    error: (name) => errors[name],
    show(problems) {
      for (const [name, control] of Object.entries(controls)) {
        errors[name].textContent = problems[name] ?? '';
        if (problems[name]) control.setAttribute('aria-invalid', 'true');
        else control.removeAttribute('aria-invalid');
      }
      const first = Object.keys(controls).find((name) => problems[name]);
      if (!first) return true;
      const control = controls[first];
      (control.matches('input, select, textarea') ? control : control.querySelector('input, select, textarea, button'))?.focus();
      return false;
    },
  };
}

/**
 * @param {string} title
 * @param {{label: string, danger?: boolean, form?: ReturnType<typeof fields>, read?: () => {body: any, problems: Record<string, string>},
 *   send: (body: any) => Promise<any>, done: (result: any, form: HTMLElement, dialog: HTMLDialogElement) => void}} action
 *   label: of the button; read: without a form with fields, the first problem is shown below; done replaces the form or closes the dialog
 * @param {...any} content
 */
export function openForm(title, { label, danger = false, form: known, read = () => ({ body: undefined, problems: {} }), send, done }, ...content) {
  const error = h('p', { class: 'form-error', role: 'alert' });
  const submit = h('button', { type: 'submit', class: `button primary${danger ? ' danger' : ''}` }, label);
  const form = h('form', { class: 'stack', noValidate: true }, content, error, submit);
  const dialog = openDialog(title, {}, form);
  if (!danger) form.querySelector('input, select, textarea')?.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    error.replaceChildren();
    const { body, problems } = read();
    if (known ? !known.show(problems) : Object.keys(problems).length) {
      if (!known) fail(Object.values(problems)[0]);
      return;
    }
    submit.disabled = true;
    try {
      done(await send(body), form, dialog);
    } catch (problem) {
      showAgain(dialog);
      // The member that the gateway refuses may have a field in this form.
      if (!problem.param || !known || known.show({ [problem.param]: problem.message })) fail(problem.message);
    } finally {
      submit.disabled = false;
    }
  });
  return dialog;

  function fail(text) {
    append(error, [icon('warn'), h('span', null, text)]);
  }
}

/**
 * Shows what a request has made instead of the form, even if the dialog was closed while the request ran: it is not shown another time.
 * @param {HTMLElement} form of openForm
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} secret of secretView
 */
export function showSecret(form, dialog, secret) {
  form.replaceWith(secret);
  showAgain(dialog);
  dialog.querySelector('.token').focus();
}
