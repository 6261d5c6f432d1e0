// Runs an agent's program in a new folder with a new home, without a terminal and without any network but loopback.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The path of a file of an installed package; undefined if the package is not installed (it may not exist for this system). */
export function find(name, file) {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A folder for one task: `files` are in `work`, `settings` in `home`; both map paths to texts. */
export function createTask({ files, settings = {} }) {
  const root = mkdtempSync(join(tmpdir(), 'nano-agent-'));
  const [work, home] = [join(root, 'work'), join(root, 'home')];
  for (const [folder, texts] of [[work, files], [home, settings]]) {
    mkdirSync(folder, { recursive: true });
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }
  return { work, home, read: (path) => readFileSync(join(work, path), 'utf8'), remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Runs a program to its end. @returns {Promise<{code: number | null, out: string, err: string}>} */
export async function run(program, parameters, { work, home }, env) {
  const closed = 'http://127.0.0.1:1'; // every proxy: only loopback can be reached
  const child = spawn(program, parameters, {
    cwd: work,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', TMPDIR: tmpdir(),
      HTTP_PROXY: closed, HTTPS_PROXY: closed, http_proxy: closed, https_proxy: closed, NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost',
      ...env,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => (out += piece));
  child.stderr.on('data', (piece) => (err += piece));
  const limit = setTimeout(() => child.kill('SIGKILL'), 240_000);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(limit);
  return { code, out, err };
}
