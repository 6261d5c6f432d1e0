// The workflows: their actions are pinned, their permissions are minimal, and pull requests from strangers see no secret.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edit } from '../support/table.mjs';

const ci = '.github/workflows/ci.yml';
const deploy = '.github/workflows/deploy.yml';
const release = '.github/workflows/release.yml';
const bench = '.github/workflows/bench.yml';

/** YAML 1.1 would read `on` as true; the parser here does not, and if it did, the rule on triggers would report it. */
const workflows = project => project.workflows.map(path => ({ path, yaml: project.yaml(path), text: project.text(path) }));

const jobs = project => workflows(project).flatMap(({ path, yaml }) => Object.entries(yaml.jobs).map(([name, job]) => ({ where: `${path}: ${name}`, path, name, job })));

const triggers = yaml => (typeof yaml.on === 'string' ? [yaml.on] : Array.isArray(yaml.on) ? yaml.on : Object.keys(yaml.on ?? {}));

function pinned(project) {
  const problems = workflows(project).flatMap(({ path, text }) => text.split('\n').flatMap((line, i) => {
    const action = /^\s*(?:- )?uses:\s*(.+)$/.exec(line)?.[1];
    if (!action || action.startsWith('./')) return [];
    return /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action) ? [] : [`${path}, line ${i + 1}: ${action}`];
  }));
  const versions = new Map();
  for (const { text } of workflows(project)) {
    for (const [, name, sha] of text.matchAll(/uses:\s*([\w./-]+)@([0-9a-f]{40})/g)) {
      if ((versions.get(name) ?? versions.set(name, sha).get(name)) !== sha) problems.push(`${name} is pinned to two commits`);
    }
  }
  return problems;
}

/** The maximum permissions of a job; the jobs of a release add files to it, and attest them. */
const allowed = { 'contents': ['read'], 'id-token': ['write'] };
const allowedInRelease = { 'contents': ['read', 'write'], 'id-token': ['write'], 'attestations': ['read', 'write'] };

function permissions(project) {
  return [
    ...workflows(project).filter(({ yaml }) => JSON.stringify(yaml.permissions) !== '{}').map(({ path }) => `${path} gives every job rights`),
    ...jobs(project).flatMap(({ where, path, name, job }) => [
      ...(typeof job.permissions === 'object' && job.permissions !== null ? [] : [`${where} does not say what it may`]),
      ...Object.entries(job.permissions ?? {}).filter(([what, level]) => !(path === release ? allowedInRelease : allowed)[what]?.includes(level)).map(([what, level]) => `${where}: ${what}: ${level}`),
      ...(job.permissions?.['id-token'] && !(path === deploy || path === release || (path === ci && name === 'deploy')) ? [`${where} may sign in to Azure`] : []),
    ]),
  ];
}

/** Events that run a stranger's code with this repository's permissions. */
const unsafe = ['pull_request_target', 'workflow_run', 'issue_comment', 'issues', 'discussion_comment'];

function strangers(project) {
  return workflows(project).flatMap(({ path, yaml, text }) => {
    const on = triggers(yaml);
    const problems = [...(on.length > 0 ? [] : [`${path} runs never`]), ...on.filter(t => unsafe.includes(t)).map(t => `${path} runs on ${t}`)];
    if (!on.includes('pull_request')) return problems;
    if (/\$\{\{[^}]*secrets\./.test(text)) problems.push(`${path} runs on pull requests and reads secrets`);
    for (const [name, job] of Object.entries(yaml.jobs)) {
      if (job.secrets && !/github\.event_name == 'push' && github\.ref == 'refs\/heads\/main'/.test(job.if ?? '')) problems.push(`${path}: ${name} hands secrets on, also for a pull request`);
      if (job.secrets && !String(job.uses).startsWith('./')) problems.push(`${path}: ${name} hands secrets to ${job.uses}`);
      if (job.environment) problems.push(`${path}: ${name} is in an environment`);
    }
    return problems;
  });
}

const steps = project => jobs(project).flatMap(({ where, job }) => (job.steps ?? []).map(step => ({ where, step })));

/** Text from others (a branch, a title, an input) may be a command: it reaches a shell only as a variable. */
const injection = project => steps(project).filter(({ step }) => /\$\{\{/.test(step.run ?? '')).map(({ where, step }) => `${where}: ${step.run.split('\n')[0]}`);

/** Runs the steps that write checksums on two files: the list must be theirs alone, since one that contains itself can never be verified. */
function checksums(project) {
  const found = jobs(project).filter(({ path }) => path === release).flatMap(({ where, job }) => job.steps.filter(step => /sha256sum/.test(step.run ?? '')).map(step => ({ where, step })));
  return found.flatMap(({ where, step }) => {
    const folder = mkdtempSync(join(tmpdir(), 'nano-checksums-'));
    const out = join(folder, 'out');
    const names = ['a.tar.gz', 'b.json'];
    try {
      mkdirSync(out);
      names.forEach(name => writeFileSync(join(out, name), name));
      execFileSync('bash', ['-e', '-c', step.run], { cwd: folder, env: { PATH: process.env.PATH, RID: 'linux-x64' }, stdio: ['ignore', 'ignore', 'inherit'] });
      const written = readdirSync(out).filter(name => !names.includes(name)).map(name => readFileSync(join(out, name), 'utf8'));
      const expected = names.map(name => `${createHash('sha256').update(name).digest('hex')}  ${name}\n`).join('');
      return written.join('---\n') === expected ? [] : [`${where} writes other checksums: ${written}`];
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** Runs the step that makes container images with a stand-in for `dotnet`: one archive for each architecture, before checksums and attestations are made. */
function images(steps) {
  const at = steps.findIndex(step => step.name === 'Make the container images');
  if (at < 0 || at > steps.findIndex(step => /CycloneDX/.test(step.run ?? ''))) return ['the container images are missing, or not attested'];
  const folder = mkdtempSync(join(tmpdir(), 'nano-images-'));
  try {
    writeFileSync(join(folder, 'dotnet'), '#!/bin/sh\nprintf "%s\\n" "$*" >>"$CALLS"\n', { mode: 0o755 });
    execFileSync('bash', ['-e', '-c', steps[at].run], { cwd: folder, env: { PATH: `${folder}:${process.env.PATH}`, CALLS: join(folder, 'calls'), TAG: 'v1.2.3' }, stdio: ['ignore', 'ignore', 'inherit'] });
    const expected = ['linux-x64', 'linux-arm64'].map(rid => `publish src/LocalHost -c Release -r ${rid} -t:PublishContainer -p:Version=1.2.3 -p:ContainerImageTag=1.2.3 -p:ContainerArchiveOutputPath=${folder}/out/nano-gateway-container-${rid}.tar`);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    return JSON.stringify(calls) === JSON.stringify(expected) ? [] : [`container images are made by ${calls.join(' and ')}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export default [
  {
    name: 'actions are pinned to a commit, and say of which version',
    check: pinned,
    breaks: [
      edit('a tag', ci, /actions\/checkout@[0-9a-f]{40} # v[\d.]+/, 'actions/checkout@v7'),
      edit('a short commit', deploy, /(Azure\/setup-azd@[0-9a-f]{12})[0-9a-f]{28}/, '$1'),
      edit('no version', ci, / # v6\.0\.0/, ''),
      edit('two commits of one action', deploy, /actions\/checkout@[0-9a-f]{8}/, 'actions/checkout@00000000'),
    ],
  },
  {
    name: 'jobs may read the code, and the deployment may sign in; nothing else',
    check: permissions,
    breaks: [
      edit('all that there is', ci, 'permissions: {}', 'permissions: write-all'),
      edit('nothing said', deploy, 'permissions: {}\n', ''),
      edit('a job that writes', ci, 'contents: read', 'contents: write'),
      edit('a test that signs in', ci, '    permissions:\n      contents: read\n    env:', '    permissions:\n      contents: read\n      id-token: write\n    env:'),
      edit('a release that writes packages', release, '      attestations: write', '      packages: write'),
      edit('a job that does not say', deploy, '    permissions:\n      contents: read\n      id-token: write\n', ''),
    ],
  },
  {
    name: 'a pull request sees no secret',
    check: strangers,
    breaks: [
      edit('pull_request_target', ci, '  pull_request:', '  pull_request_target:'),
      edit('workflow_run', deploy, '  workflow_call:', '  workflow_run:'),
      edit('a secret in a test', ci, 'NANO_RECORDINGS: absent', 'OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}'),
      edit('a deployment of anything', ci, "github.event_name == 'push' && ", ''),
      edit('a deployment of any branch', ci, "github.ref == 'refs/heads/main' && ", ''),
      edit('a deployment for pull requests', deploy, '  workflow_call:', '  workflow_call:\n  pull_request:'),
    ],
  },
  {
    name: 'a release is made of tagged and tested commits, as a draft, with checksums and attestations',
    check: project => {
      const { on, jobs } = project.yaml(release);
      const text = project.text(release);
      return [
        ...(JSON.stringify(on) === JSON.stringify({ push: { tags: ['v*.*.*'] } }) ? [] : ['release.yml runs on more than tags of versions']),
        ...(jobs.test.steps.some(step => step.run === '.ci/run') && jobs.tool.needs === 'test' && jobs.native.needs === 'tool' ? [] : ['what is released was not tested']),
        ...(/gh release create .*--draft --verify-tag/.test(text) ? [] : ['a release is public before it was reviewed']),
        ...['tool', 'native'].filter(name => !jobs[name].steps.some(step => /sha256sum/.test(step.run ?? '')) || !jobs[name].steps.some(step => /attest-build-provenance/.test(step.uses ?? '')))
          .map(name => `${name} has no checksums or no attestation`),
        // In this order: checksums and attestations are of the bill of materials as well.
        ...['tool', 'native'].filter(name => {
          const [bill, sums, attestation] = [/CycloneDX .*--output out /, /sha256sum/, /attest-build-provenance/].map(what => jobs[name].steps.findIndex(step => what.test(step.run ?? step.uses ?? '')));
          return !(bill >= 0 && bill < sums && sums < attestation && jobs[name].steps[attestation].with['subject-path'] === 'out/*');
        }).map(name => `${name} has no bill of materials that is attested`),
        ...checksums(project),
        ...images(jobs.tool.steps),
      ];
    },
    breaks: [
      edit('a release of any branch', release, "    tags: ['v*.*.*']", '    branches: [main]'),
      edit('not tested', release, '    needs: test\n', ''),
      edit('published at once', release, ' --draft', ''),
      edit('no bill of materials', release, 'tools/dotnet-CycloneDX src', 'echo src'),
      edit('no bill of materials of the native builds', release, /tools\/dotnet-CycloneDX (.*RID)/, 'echo $1'),
      edit('files that are not attested', release, /subject-path: out\/\*/, 'subject-path: out/*.nupkg'),
      edit('checksums that contain themselves', release, 'sha256sum -- "$@"', 'sha256sum -- *'),
      edit('no attestation', release, /actions\/attest-build-provenance@/g, 'actions/attest-nothing@'),
      edit('no container images', release, ' -t:PublishContainer', ''),
      edit('container images for a daemon', release, / -p:ContainerArchiveOutputPath=\S+/, ''),
      edit('container images in the folder of the project', release, 'ContainerArchiveOutputPath="$PWD/out/', 'ContainerArchiveOutputPath="out/'),
      edit('container images of one architecture', release, 'for rid in linux-x64 linux-arm64', 'for rid in linux-x64'),
      edit('container images without the version', release, ' -p:ContainerImageTag="${TAG#v}"', ''),
      edit('container images that are not attested', release, /(      - name: Make the container images\n(?:        .*\n)+)([^]*?)(      - name: Create the release\n)/, '$2$1$3'),
    ],
  },
  {
    name: 'the package of a release reaches nuget.org last, unchanged, after an approval, and without a key that is kept',
    check: project => {
      const { nuget } = project.yaml(release).jobs;
      const [taken, signedIn, pushed] = [/gh release download .*--pattern '\*\.nupkg'\n.*gh attestation verify out\/\*\.nupkg .*--signer-workflow/, /^NuGet\/login@/, /dotnet nuget push out\/\*\.nupkg/]
        .map(what => nuget.steps.findIndex(step => what.test(step.run ?? step.uses ?? '')));
      return [
        ...(nuget.needs === 'native' && nuget.environment === 'nuget' ? [] : ['it is pushed before the release is complete, or without an approval']),
        ...(nuget.if === "vars.NUGET_USER != ''" ? [] : ['it is pushed where nothing was set up for it']),
        ...(taken >= 0 && taken < signedIn && signedIn < pushed ? [] : ['what is pushed is not the attested package']),
        ...jobs(project).filter(({ name, path, job }) => !(path === release && name === 'nuget') && /nuget push/.test(JSON.stringify(job))).map(({ where }) => `${where} pushes, too`),
        ...(/secrets\.NUGET/.test(project.text(release)) ? ['a key of nuget.org is kept as a secret'] : []),
      ];
    },
    breaks: [
      edit('no approval', release, '    environment: nuget\n', ''),
      edit('before the native builds', release, '    needs: native\n', '    needs: test\n'),
      edit('in every fork', release, "    if: vars.NUGET_USER != ''\n", ''),
      edit('a package that is not verified', release, '          gh attestation verify', '          echo'),
      edit('another package', release, 'dotnet nuget push out/*.nupkg', 'dotnet pack src/LocalHost -o new && dotnet nuget push new/*.nupkg'),
      edit('a kept key', release, 'steps.login.outputs.NUGET_API_KEY', 'secrets.NUGET_API_KEY'),
    ],
  },
  {
    name: 'a key of a provider among the variables ends the deployment',
    check: project => {
      const { run } = project.yaml(deploy).jobs.azure.steps.find(step => step.name === 'Settings');
      const [names, keys, found, end] = run.split('\n');
      return [
        ...(/^names=.*\| del\(\.apiKey, \.providerKeys\) \|/.test(names) ? [] : ['a key that is a variable becomes a setting of azd']),
        ...(/^keys=.*'\.parameters\.providerKeys\.value \| keys \+ \["API_KEY"\]'/.test(keys) ? [] : ['not all keys are looked for']),
        ...(/^found=.*\$keys.*<<<"\$VARIABLES"\)$/.test(found) && /^\[ -z "\$found" \] \|\| \{ echo "::error::.*; exit 1; \}$/.test(end) ? [] : ['a key among the variables is no error']),
      ];
    },
    breaks: [
      edit('keys that pass', deploy, 'del(.apiKey, .providerKeys) | ', ''),
      edit('a key that is not looked for', deploy, ' + ["API_KEY"]', ''),
      edit('a warning only', deploy, 'From GitHub)."; exit 1; }', 'From GitHub)."; }'),
    ],
  },
  {
    name: 'nothing that others name is part of a command',
    check: injection,
    breaks: [edit('a branch in a command', ci, 'run: .ci/run', 'run: .ci/run ${{ github.head_ref }}')],
  },
  {
    name: 'checkouts leave no token behind, and jobs end',
    check: project => [
      ...steps(project).filter(({ step }) => /^actions\/checkout@/.test(step.uses ?? '') && step.with?.['persist-credentials'] !== false).map(({ where }) => `${where} keeps the token`),
      ...jobs(project).filter(({ job }) => !job.uses && !(job['timeout-minutes'] <= 120)).map(({ where }) => `${where} has no end`),
    ],
    breaks: [
      edit('a token', ci, 'persist-credentials: false', 'persist-credentials: true'),
      edit('no end', deploy, '    timeout-minutes: 60\n', ''),
    ],
  },
  {
    name: 'CI runs the same script as developers, and the deployment ends with the smoke test',
    check: project => [
      ...(steps(project).some(({ where, step }) => where === `${ci}: test` && step.run === '.ci/run') ? [] : ['ci.yml does not run .ci/run']),
      ...(steps(project).some(({ where, step }) => where === `${ci}: native` && step.run === 'scripts/native.sh') ? [] : ['ci.yml does not build the native executable that a release contains']),
      ...(steps(project).some(({ where, step }) => where === `${ci}: package` && step.run === 'scripts/package.sh') ? [] : ['ci.yml does not publish and run the package that is deployed']),
      ...(Object.values(project.yaml(deploy).jobs).every(job => /^scripts\/smoke\.sh "\$url" "\$API_KEY"$/m.test(job.steps.at(-1).run) && job.environment === 'production') ? [] : ['deploy.yml does not end with the smoke test in production']),
      ...(JSON.stringify(project.yaml(ci).jobs.deploy?.needs) === '["test","package"]' && project.yaml(ci).jobs.deploy.uses === './.github/workflows/deploy.yml' ? [] : ['what is deployed was not tested']),
      ...(/--federated-credential-provider github/.test(project.text(deploy)) ? [] : ['the deployment has no federated credential']),
    ],
    breaks: [
      edit('another script', ci, 'run: .ci/run', 'run: dotnet test'),
      edit('no native build', ci, 'run: scripts/native.sh', 'run: scripts/smoke.sh'),
      edit('no package', ci, 'run: scripts/package.sh', 'run: scripts/smoke.sh'),
      edit('no smoke test', deploy, '          scripts/smoke.sh "$url" "$API_KEY"\n', ''),
      edit('a deployment that waits for nothing', ci, '    needs: [test, package]\n', ''),
      edit('no environment', deploy, '    environment: production\n', ''),
    ],
  },
  {
    name: 'the benchmark prints the ratios of bench/pairs.sh to the summary of its run, on main only, and no job waits for it',
    check: project => {
      const { on, jobs: all } = project.yaml(bench);
      const measure = Object.values(all).flatMap(job => job.steps).filter(step => /bench\/pairs\.sh .*\| tee -a "\$GITHUB_STEP_SUMMARY"/.test(step.run ?? ''));
      return [
        ...(measure.length === 1 && measure[0].shell === 'bash' ? [] : ['bench.yml does not print what it measures, or hides that it failed']),
        ...(JSON.stringify(on) === JSON.stringify({ push: { branches: ['main'] }, workflow_dispatch: null }) ? [] : ['bench.yml runs for more than main']),
        ...workflows(project).filter(({ path, text }) => path !== bench && text.includes('bench.yml')).map(({ path }) => `${path} waits for the benchmark`),
      ];
    },
    breaks: [
      edit('no summary', bench, ' | tee -a "$GITHUB_STEP_SUMMARY"', ''),
      edit('a failure that tee hides', bench, '        shell: bash\n', ''),
      edit('pull requests', bench, '  workflow_dispatch:', '  workflow_dispatch:\n  pull_request:'),
      edit('a test that waits for it', ci, 'uses: ./.github/workflows/deploy.yml', 'uses: ./.github/workflows/bench.yml'),
    ],
  },
];
