import { addressOf, bodyOf, keyHeader } from './addresses.js';
import { literal } from '../../text/literal.js';

/** A quoted here-document: the shell expands nothing in it, and its length is not limited as an argument's is. */
export function curl(call) {
  const key = keyHeader(call.api);
  return `curl ${call.stream ? '-N ' : ''}${shellQuote(addressOf(call))} \\
  -H "${key}: ${key === 'Authorization' ? 'Bearer ' : ''}$NANO_API_KEY" \\
${call.api === 'messages' ? '  -H "anthropic-version: 2023-06-01" \\\n' : ''}  -H "Content-Type: application/json" \\${call.strict ? '\n  -H "x-nano-strict: true" \\' : ''}
  --data-binary @- <<'JSON'
${literal(bodyOf(call))}
JSON
`;
}

const shellQuote = (text) => (/^[\w.:/[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
