// scripts/azure-like.sh starts the documented processes, with LocalHost or a stand-in for Core Tools, and ends all of them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const azurite = [10000, 10001, 10002];
// As Azure's keys in Base64, it ends with "=".
const key = 'key-of-the-vault-0123456789=';

const isOpen = port => new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true)).on('error', () => resolve(false));
});
const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const until = async (condition, child, log) => {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 100))) {
    if (await condition().catch(() => false)) return;
    assert.equal(child.exitCode, null, log());
  }
  assert.fail(`It took two minutes:\n${log()}`);
};

const missing = !existsSync(join(root, 'tests/azurite/node_modules/azurite')) ? 'Azurite is not installed'
  : (await Promise.all(azurite.map(isOpen))).includes(true) ? 'another Azurite uses its ports'
    : process.platform === 'win32' ? 'there is no bash' : false;

for (const { name, hasVault } of [{ name: 'in a vault, if its name is known', hasVault: true }, { name: 'as settings', hasVault: false }]) {
  test(`the gateway starts with Azurite and the keys of the file ${name}, and everything ends with the script`, { skip: missing }, () => run({ hasVault }, async (port, until) => {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
    const call = (path, body) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const chat = await call('/v1/chat/completions', { model: 'nano/echo', messages: [{ role: 'user', content: 'Hello' }] });
    assert.equal(chat.status, 200, await chat.text());
    // A virtual key is kept in Azurite's tables.
    assert.equal((await call('/api/keys', { name: 'first' })).status, 201);
  }));

  test(`Core Tools start the Functions app with Azurite and the keys of the file ${name}, and end with the script`, { skip: missing }, async () => {
    let pid;
    // The key of the shell is not one of the vault.
    await run({ hasVault, hasTools: true, env: { API_KEY: 'key-of-the-shell-0123456789', OPENAI_BASE_URL: 'https://proxy.example.com/v1' } }, async (port, until, folder) => {
      await until(() => Promise.resolve(existsSync(join(folder, 'call'))));
      const [id, directory, given, ...lines] = readFileSync(join(folder, 'call'), 'utf8').trim().split('\n');
      pid = Number(id);
      assert.equal(directory, join(root, 'src/Functions'));
      assert.equal(given, `start --port ${port}`);
      const env = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
      assert.equal(env.AzureWebJobsStorage, 'UseDevelopmentStorage=true');
      assert.equal(env.STATE_STORE, 'table:UseDevelopmentStorage=true');
      assert.equal(env.OPENAI_BASE_URL, 'https://proxy.example.com/v1');
      if (!hasVault || !env.KEY_VAULT_URI) {
        assert.equal(env.KEY_VAULT_URI, undefined);
        assert.equal(env.API_KEY, key);
        return;
      }
      assert.equal(env.API_KEY, undefined);
      assert.match(env.KEY_VAULT_URI, /^https:\/\/vault\.localhost:\d+$/);
      assert.match(env.IDENTITY_ENDPOINT, /^http:\/\/127\.0\.0\.1:\d+\/token$/);
      assert.equal(env.AZURE_TOKEN_CREDENTIALS, 'ManagedIdentityCredential');
      assert.match(readFileSync(env.SSL_CERT_FILE, 'utf8'), /BEGIN CERTIFICATE/);
    });
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
}

/** Runs the script until `body` has returned, and checks that all of its processes have ended then. */
async function run({ hasVault, hasTools = false, env = {} }, body) {
  const folder = mkdtempSync(join(tmpdir(), 'azure-like-'));
  const port = await freePort();
  const host = process.env.NANO_HOST_DLL ?? join(root, 'artifacts/bin/LocalHost/debug/LocalHost.dll');
  const { HOME, TMPDIR, DOTNET_ROOT } = process.env;
  // Without Core Tools, even if they are installed.
  const path = process.env.PATH.split(':').filter(directory => !existsSync(join(directory, 'func'))).join(':');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // The script asks `node -e` whether the name of the vault is known.
  writeFileSync(join(bin, 'node'), `#!/bin/sh\n${hasVault ? '' : '[ "$1" != -e ] || exit 1\n'}exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  // The stand-in notes how it was called, and runs until it is ended.
  if (hasTools) writeFileSync(join(bin, 'func'), `#!/bin/sh\n{ echo $$; pwd -P; echo "$*"; env; } >'${folder}/part'\nmv '${folder}/part' '${folder}/call'\nexec sleep 600\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ 'api-key': key }));
  const child = spawn(join(root, 'scripts/azure-like.sh'), [join(folder, 'secrets.json')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${bin}:${path}`, HOME, ...(TMPDIR && { TMPDIR }), ...(DOTNET_ROOT && { DOTNET_ROOT }), PORT: String(port), NANO_HOST_DLL: host, ...env },
  });
  let log = '';
  child.stdout.on('data', piece => (log += piece));
  child.stderr.on('data', piece => (log += piece));
  const exited = new Promise(resolve => child.once('exit', resolve));
  try {
    await body(port, condition => until(condition, child, () => log), folder);
  } finally {
    child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true });
  }
  await until(async () => !(await Promise.all([...azurite, port].map(isOpen))).includes(true), { exitCode: null }, () => log);
}
