// Limits of an organization, a team or a user, which apply to all their keys together.
import { announce } from '../announce.js';
import { ApiError, getJson, patchJson, postJson, send } from '../api.js';
import { h } from '../dom.js';
import { fields, openForm } from '../form-dialog.js';
import { limitControls, limitRows, valuesOf } from './limit-fields.js';
import { changesOf, readPolicy } from './limits.js';

const KINDS = [['organization', 'the organization'], ['team', 'a team of it'], ['user', 'a user of it']];

export const policyPath = (policy) => `api/policies/${encodeURIComponent(policy.id)}`;

/** "team web of acme"; the name of a policy of nano.json */
export const policyWords = (policy) => (policy.read_only ? policy.id : policy.team ? `team ${policy.team} of ${policy.organization}` : policy.user ? `user ${policy.user} of ${policy.organization}` : policy.organization);

/**
 * @param {any} policy as the gateway has it now; null for a new one
 * @param {(changed: any) => void} onDone
 */
export function openPolicyForm(policy, onDone) {
  const isNew = policy === null;
  const text = (props) => h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...props });
  const controls = {
    ...(isNew ? { organization: text({ placeholder: 'default' }), kind: h('select', null, KINDS.map(([value, label]) => h('option', { value }, label))), scope: text({}) } : {}),
    ...limitControls(policy),
  };
  const form = fields(controls);
  const scope = isNew ? h('div', { hidden: true }, form.row('scope', 'Its name')) : null;
  controls.kind?.addEventListener('change', () => (scope.hidden = controls.kind.value === 'organization'));
  const read = () => readPolicy(valuesOf(controls), { isNew });
  const before = isNew ? {} : read().body;
  openForm(
    isNew ? 'A new policy' : `Limits of ${policyWords(policy)}`,
    {
      label: isNew ? 'Create policy' : 'Save', form,
      read() {
        const { body, problems } = read();
        return { body: changesOf(before, body), problems };
      },
      send: (body) => (isNew ? create(body, onDone) : patchJson(policyPath(policy), body)),
      done(changed, _, dialog) {
        dialog.close();
        onDone(changed);
        announce(`The limits of ${policyWords(changed)} were set`);
      },
    },
    h('p', { class: 'hint' }, 'A request has to be within the limits of its organization, team, user and key.'),
    isNew ? [h('div', { class: 'pair' }, form.row('organization', 'Organization'), form.row('kind', 'Limits apply to')), scope] : null,
    limitRows(form, controls),
  );
}

/**
 * The API would replace an existing policy, and with it the limits that this form does not show.
 * @param {(known: any) => void} onFound the page may not know it yet
 */
async function create(body, onFound) {
  const { data } = await getJson('api/policies');
  const scopeOf = ({ organization, team, user }) => JSON.stringify([organization ?? 'default', team ?? null, user ?? null]);
  const known = data.find((policy) => !policy.read_only && scopeOf(policy) === scopeOf(body));
  if (!known) return postJson('api/policies', body);
  onFound(known);
  throw new ApiError({ status: 409, message: `${policyWords(known)} has a policy already. Edit that one.`, param: known.team || known.user ? 'scope' : 'organization' });
}

export function openPolicyRemoval(policy, onDone) {
  openForm(
    `Remove the policy of ${policyWords(policy)}`,
    {
      label: 'Remove', danger: true,
      send: () => send(policyPath(policy), { method: 'DELETE' }),
      done(_, __, dialog) {
        dialog.close();
        onDone();
        announce('The policy was removed');
      },
    },
    h('p', null, 'Its limits end; those of the keys themselves stay.'),
  );
}
