import { addressOf, bodyOf, keyHeader } from './addresses.js';
import { literal } from '../../text/literal.js';

/** A quoted here-document: the shell reads nothing in it, and it has no limit of length as an argument has. */
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
