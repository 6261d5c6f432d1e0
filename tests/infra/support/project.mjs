// The repository's files for the rules, and copies of them with one change.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { read } from './bicep.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const named = [
  'azure.yaml', 'local.settings.example.json', '.env.example', '.gitignore', 'docs/azure.md', 'infra/main.parameters.json',
  'src/Core/Configuration/GatewaySettings.cs', 'src/Core/Secrets/CachedSecret.cs', 'src/Core/State/StoreLog.cs', 'src/Core/Telemetry/GatewayMetrics.cs', 'src/Core/Telemetry/GatewayTelemetry.cs', 'src/Core/Telemetry/UsageRecord.cs', 'src/Export/UsageAttributes.cs', 'host.json', 'tests/infra/package-lock.json', 'tests/sdk-node/package-lock.json',
];

/** Files by path, with `/`; one that does not exist is not in it. */
function textsOnDisk() {
  const texts = new Map();
  const add = path => existsSync(join(root, path)) && texts.set(path, readFileSync(join(root, path), 'utf8'));
  named.forEach(add);
  for (const path of ['infra', '.github', 'src/Functions'].flatMap(filesUnder)) {
    if (/\.(bicep|bicepparam|ya?ml|csproj|json|kql)$/.test(path)) add(path);
  }
  return texts;
}

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return ['bin', 'obj', 'node_modules'].includes(entry.name) ? [] : filesUnder(path);
    return [path];
  });
}

export class Project {
  #texts;
  #bicep = new Map();

  constructor(texts = textsOnDisk()) {
    this.#texts = texts;
  }

  paths(pattern = /./) {
    return [...this.#texts.keys()].filter(path => pattern.test(path)).sort();
  }

  has(path) {
    return this.#texts.has(path);
  }

  text(path) {
    if (!this.has(path)) throw new Error(`${path} does not exist`);
    return this.#texts.get(path);
  }

  json(path) {
    return JSON.parse(this.text(path));
  }

  yaml(path) {
    return load(this.text(path));
  }

  bicep(path) {
    if (!this.#bicep.has(path)) this.#bicep.set(path, read(path, this.text(path)));
    return this.#bicep.get(path);
  }

  get bicepFiles() {
    return this.paths(/\.bicep$/).map(path => this.bicep(path));
  }

  get main() {
    return this.bicep('infra/main.bicep');
  }

  get workflows() {
    return this.paths(/^\.github\/workflows\/.*\.ya?ml$/);
  }

  /** A copy in which one file is different; the change must have an effect. */
  with(path, change) {
    const texts = new Map(this.#texts);
    const before = texts.get(path) ?? '';
    const after = change(before);
    if (after === before) throw new Error(`the change leaves ${path} as it is`);
    texts.set(path, after);
    return new Project(texts);
  }
}
