// For azure-like.sh: a Key Vault and a managed identity on loopback. The vault has the one call that the gateway makes ("Get Secret" of the
// Key Vault REST API), behind the challenge that a real vault sends to a caller without a token.
//
//   node azure-like-vault.mjs FOLDER SECRETS        vault.key and vault.crt are in FOLDER; prints "listening VAULT_PORT IDENTITY_PORT"
//   node azure-like-vault.mjs --settings SECRETS    prints the secrets as settings: NAME=VALUE, each with a NUL after it
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';

const [folder, file] = process.argv.slice(2);
const secrets = () => JSON.parse(readFileSync(file, 'utf8'));

if (folder === '--settings') {
  for (const [name, value] of Object.entries(secrets())) process.stdout.write(`${name.toUpperCase().replaceAll('-', '_')}=${value}\0`);
} else {
  const token = randomBytes(16).toString('hex');
  const send = (response, status, body, headers = {}) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
  const fail = (response, status, code, message, headers) => send(response, status, { error: { code, message } }, headers);
  const port = server => new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

  // The identity of an app in App Service and Functions: IDENTITY_ENDPOINT and IDENTITY_HEADER.
  const identity = createServer((request, response) => {
    const resource = new URL(request.url, 'http://identity').searchParams.get('resource');
    send(response, 200, { access_token: token, expires_on: String(Math.floor(Date.now() / 1000) + 8 * 3600), resource, token_type: 'Bearer' });
  });

  const vault = createSecureServer({ key: readFileSync(join(folder, 'vault.key')), cert: readFileSync(join(folder, 'vault.crt')) }, (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      // The client accepts a resource only if it is the vault's own domain.
      const challenge = { 'www-authenticate': 'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://localhost"' };
      return fail(response, 401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', challenge);
    }
    const [, name] = /^\/secrets\/([0-9A-Za-z-]+)\/?\?/.exec(request.url) ?? [];
    const value = name && Object.hasOwn(secrets(), name) ? secrets()[name] : undefined;
    if (value === undefined) return fail(response, 404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault.`);
    return send(response, 200, { value, id: `https://${request.headers.host}/secrets/${name}/${'0'.repeat(32)}`, attributes: { enabled: true, created: 1700000000, updated: 1700000000, recoveryLevel: 'Recoverable' } });
  });

  console.log('listening', await port(vault), await port(identity));
}
