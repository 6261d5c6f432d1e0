// Starts the built gateway as a separate process on a free port, with the scripted model as every provider.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startModel } from './model.mjs';

const host = process.env.NANO_HOST_DLL ?? fileURLToPath(new URL('../../../artifacts/bin/LocalHost/debug/LocalHost.dll', import.meta.url));

/** @returns {Promise<{url: string, key: string, model: object, log: () => string, stop: () => Promise<void>}>} `url` has no path. */
export async function startGateway() {
  if (!existsSync(host)) throw new Error(`The gateway is not built (${host} is missing): run "dotnet build src/LocalHost" first, or ./test.sh.`);
  const model = await startModel();
  const port = await freePort();
  const key = 'the-key-of-the-agent-tests';
  const child = spawn('dotnet', [host], {
    cwd: tmpdir(), // no .env of the developer's
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(['PATH', 'HOME', 'DOTNET_ROOT', 'TMPDIR'].filter((name) => process.env[name]).map((name) => [name, process.env[name]])),
      API_KEY: key,
      PORT: String(port),
      OPENAI_API_KEY: 'key-of-openai',
      OPENAI_BASE_URL: `${model.baseURL}/openai/v1`,
      ANTHROPIC_API_KEY: 'key-of-anthropic',
      ANTHROPIC_BASE_URL: `${model.baseURL}/anthropic`,
      GOOGLE_API_KEY: 'key-of-google',
      GOOGLE_BASE_URL: `${model.baseURL}/google`,
      CUSTOM_ANY_SERVER_BASE_URL: `${model.baseURL}/any-server/v1`,
    },
  });
  let log = '';
  child.stdout.on('data', (piece) => (log += piece));
  child.stderr.on('data', (piece) => (log += piece));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await model.stop();
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(`${url}/healthz`, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, key, model, log: () => log, stop };
}

async function ready(url, child, log) {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`The gateway ended with code ${child.exitCode}:\n${log()}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The gateway did not come up in two minutes:\n${log()}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
