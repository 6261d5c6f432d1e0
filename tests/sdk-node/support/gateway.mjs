// Starts the built gateway as a separate process on a free port, with a scripted provider.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { startUpstream } from './upstream.mjs';

const host = process.env.NANO_HOST_DLL ?? fileURLToPath(new URL('../../../artifacts/bin/LocalHost/debug/LocalHost.dll', import.meta.url));

const ownKey = 'the-key-of-the-node-tests';

/** @returns {Promise<{baseURL: string, client: (options?: object) => OpenAI, upstream: object, stop: () => Promise<void>}>} */
export async function startGateway({ key = ownKey, providerKeys = true, settings = {} } = {}) {
  if (!existsSync(host)) throw new Error(`The gateway is not built (${host} is missing): run "dotnet build src/LocalHost" first, or ./test.sh.`);
  const upstream = await startUpstream();
  const port = await freePort();
  const child = spawn('dotnet', [host], {
    cwd: tmpdir(), // no .env of the developer's
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...only('PATH', 'HOME', 'DOTNET_ROOT', 'TMPDIR'),
      API_KEY: key,
      PORT: String(port),
      ...(providerKeys && { OPENAI_API_KEY: 'key-of-openai', ANTHROPIC_API_KEY: 'key-of-anthropic', GOOGLE_API_KEY: 'key-of-google' }),
      OPENAI_BASE_URL: `${upstream.baseURL}/openai/v1`,
      ANTHROPIC_BASE_URL: `${upstream.baseURL}/anthropic`,
      GOOGLE_BASE_URL: `${upstream.baseURL}/google`,
      ...settings,
    },
  });
  let log = '';
  child.stdout.on('data', (piece) => (log += piece));
  child.stderr.on('data', (piece) => (log += piece));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await upstream.stop();
  };
  const baseURL = `http://127.0.0.1:${port}/v1`;
  try {
    await ready(`http://127.0.0.1:${port}/healthz`, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    baseURL,
    upstream,
    stop,
    client: (options = {}) => new OpenAI({ baseURL, apiKey: key, maxRetries: 0, ...options }),
  };
}

async function ready(url, child, log) {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`The gateway ended with code ${child.exitCode}:\n${log()}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The gateway did not come up in a minute:\n${log()}`);
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

const only = (...names) => Object.fromEntries(names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]));
