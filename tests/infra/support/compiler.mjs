// The Bicep compiler on a copy of the files: its reports, and the predicted result of a deployment.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../bicep/Bicep.csproj', import.meta.url));
export const snapshots = fileURLToPath(new URL('../snapshots/', import.meta.url));

/** The scope of a snapshot: it decides names and ids. */
const place = ['--tenant-id', '00000000-0000-0000-0000-000000000001', '--subscription-id', '00000000-0000-0000-0000-000000000002', '--location', 'swedencentral', '--deployment-name', 'test'];

/** From NuGet, with the version in Bicep.csproj; if NuGet has none for the machine, `bicep` of the path or of BICEP. */
const compiler = process.env.BICEP ?? (process.platform === 'linux' && process.arch === 'x64' ? fromNuGet() : 'bicep');

function fromNuGet() {
  const [, name, version] = /PackageDownload Include="([^"]+)" Version="\[([^\]]+)\]"/.exec(readFileSync(project, 'utf8'));
  const path = join(dirname(project), 'obj', 'packages', name.toLowerCase(), version, 'tools', 'bicep');
  if (!existsSync(path)) execFileSync('dotnet', ['restore', project, '--nologo', '--verbosity', 'quiet', '-nodeReuse:false'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path;
}

async function bicep(args) {
  try {
    const { stdout, stderr } = await run(compiler, args, { maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { code: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

/** The project's infra/ and the parameter files of the snapshots, in a separate folder. */
export class Copy {
  constructor(source) {
    this.folder = mkdtempSync(join(tmpdir(), 'nano-infra-'));
    for (const path of source.paths(/^infra\//)) this.write(path, source.text(path));
    for (const name of parameterSets) this.write(`tests/infra/snapshots/${name}.bicepparam`, readFileSync(join(snapshots, `${name}.bicepparam`), 'utf8'));
  }

  write(path, text) {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  files(source) {
    return source.paths(/\.bicep$/);
  }

  /** Warnings and errors of main.bicep and its modules, without the folder. Information (an old API version) fails nothing. */
  async lint() {
    const { stdout, stderr } = await bicep(['lint', join(this.folder, 'infra/main.bicep')]);
    return (stdout + stderr).split('\n').filter(line => / : (Warning|Error) /.test(line)).map(line => line.replace(`${this.folder}/`, ''));
  }

  /** Files that `bicep format` would change. */
  async unformatted(paths) {
    const changed = await Promise.all(paths.map(async path => {
      const { stdout } = await bicep(['format', join(this.folder, path), '--stdout']);
      return stdout.trimEnd() === readFileSync(join(this.folder, path), 'utf8').trimEnd() ? [] : [path];
    }));
    return changed.flat();
  }

  /** The compiled template. */
  async template() {
    const { code, stdout, stderr } = await bicep(['build', join(this.folder, 'infra/main.bicep'), '--stdout']);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /**
   * The result of a deployment with these parameters: resources and outputs. The compiler's own remarks are left out, since they contain line
   * numbers of the template; one of them reports that secrets are not predicted, because their number is a secret as well.
   */
  async predict(name) {
    const parameters = join(this.folder, `tests/infra/snapshots/${name}.bicepparam`);
    const { code, stdout, stderr } = await bicep(['snapshot', parameters, '--mode', 'overwrite', ...place]);
    if (code !== 0) throw new Error(stdout + stderr);
    const { predictedResources, outputs } = JSON.parse(readFileSync(parameters.replace(/\.bicepparam$/, '.snapshot.json'), 'utf8'));
    return { predictedResources, outputs: Object.fromEntries(Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  delete() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const parameterSets = readdirSync(snapshots).filter(name => name.endsWith('.bicepparam')).map(name => name.replace(/\.bicepparam$/, ''));
