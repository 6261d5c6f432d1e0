// Codex CLI, headless, finishes a task with each foreign dialect behind the gateway: it reads a file, edits it and runs a command.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTask, find, run } from '../support/agent.mjs';
import { startGateway } from '../support/gateway.mjs';

const targets = { 'linux-x64': 'x86_64-unknown-linux-musl', 'linux-arm64': 'aarch64-unknown-linux-musl', 'darwin-x64': 'x86_64-apple-darwin', 'darwin-arm64': 'aarch64-apple-darwin', 'win32-x64': 'x86_64-pc-windows-msvc' };
const platform = `${process.platform}-${process.arch}`;
const codex = find(`@openai/codex-${platform}`, `vendor/${targets[platform]}/bin/codex${process.platform === 'win32' ? '.exe' : ''}`);
const skip = codex ? false : 'Codex CLI is not installed for this system.';

let gateway;
before(async () => {
  if (codex) gateway = await startGateway();
});
after(() => gateway?.stop());

const config = (model) => `model = "${model}"
model_provider = "nano"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[model_providers.nano]
name = "Nano"
base_url = "${gateway.url}/v1"
env_key = "NANO_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
apps = false
remote_plugin = false
`;

const upstreams = [
  { dialect: 'messages', model: 'anthropic/claude-sonnet-5' },
  { dialect: 'gemini', model: 'google/gemini-3.8-flash' },
  { dialect: 'chat', model: 'any-server/some-model' },
  { dialect: 'responses', model: 'openai/gpt-6.2-sol' },
];

for (const { dialect, model } of upstreams) {
  test(`a task with ${model}, which speaks ${dialect}`, { skip }, async () => {
    const task = createTask({ files: { 'colours.txt': 'sky = grey\n' }, settings: { '.codex/config.toml': config(model) } });
    try {
      gateway.model.script(
        [
          { text: 'I read the file.', calls: [{ name: 'exec_command', args: { cmd: 'cat colours.txt' } }, { name: 'exec_command', args: { cmd: 'ls' } }] },
          { text: '', calls: [{ name: 'exec_command', args: { cmd: "sed -i.bak 's/grey/blue/' colours.txt && rm colours.txt.bak" } }] },
          { text: 'Now I check it.', calls: [{ name: 'exec_command', args: { cmd: 'cat colours.txt && echo "lines: $(wc -l < colours.txt)"' } }] },
        ],
        'The sky is blue now.',
      );
      const { code, out, err } = await run(
        codex, ['exec', '--skip-git-repo-check', '--ephemeral', '--json', 'Change the colour of the sky to blue.'], task,
        { CODEX_HOME: join(task.home, '.codex'), NANO_KEY: gateway.key },
      );
      const shown = `${out}\n${err}\n${gateway.log()}`;
      assert.equal(code, 0, shown);
      const events = out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      assert.equal(events.some((event) => event.type === 'turn.failed'), false, shown);
      const done = events.filter((event) => event.type === 'item.completed').map((event) => event.item);
      assert.equal(done.filter((item) => item.type === 'agent_message').at(-1)?.text, 'The sky is blue now.', shown);
      assert.equal(done.filter((item) => item.type === 'command_execution' && item.exit_code === 0).length, 4, shown);
      assert.equal(task.read('colours.txt'), 'sky = blue\n');
      const asked = gateway.model.requests.filter((request) => request.tools?.length > 0);
      assert.deepEqual([...new Set(gateway.model.requests.map((request) => request.dialect))], [dialect]);
      assert.equal(asked.length, 4, 'no request was repeated');
      assert.match(asked[3].results[0], /sky = grey/);
      assert.match(asked[3].results[3], /sky = blue\s+lines: 1|sky = blue\\nlines: 1/);
      // A namespace's tools get separate names if the target has no namespaces (case 24 of field/clients.md).
      if (dialect !== 'responses') assert.ok(asked[0].tools.includes('multi_agent_v1__spawn_agent'), `tools: ${asked[0].tools}`);
      const { usage } = events.findLast((event) => event.type === 'turn.completed');
      assert.deepEqual([usage.input_tokens, usage.cached_input_tokens, usage.output_tokens], [4800, 4000, 120]);
    } finally {
      task.remove();
    }
  });
}

for (const { dialect, model } of upstreams) {
  // Codex offers its free-form apply_patch, and a search for tools, to models that its catalogue describes, such as this one.
  test(`a patch by ${model}, which speaks ${dialect}`, { skip }, async () => {
    const task = createTask({ files: { 'colours.txt': 'sky = grey\nsea = green\n' }, settings: { '.codex/config.toml': '' } });
    try {
      const env = { CODEX_HOME: join(task.home, '.codex'), NANO_KEY: gateway.key };
      const catalogue = JSON.parse((await run(codex, ['debug', 'models'], task, env)).out);
      const known = catalogue.models.find((entry) => entry.slug === 'gpt-5.5');
      const path = join(task.home, 'models.json');
      writeFileSync(path, JSON.stringify({ models: [{ ...known, slug: model }] }));
      writeFileSync(join(task.home, '.codex/config.toml'), `model_catalog_json = ${JSON.stringify(path)}\n${config(model)}`);
      const patch = '*** Begin Patch\n*** Update File: colours.txt\n@@\n-sky = grey\n+sky = "blue"\n sea = green\n*** End Patch\n';
      gateway.model.script(
        [
          { text: 'I read the file.', calls: [{ name: 'exec_command', args: { cmd: 'cat colours.txt' } }] },
          { text: '', calls: [dialect === 'responses' ? { name: 'apply_patch', input: patch } : { name: 'apply_patch', args: { input: patch } }] },
          { text: '', calls: [{ name: 'exec_command', args: { cmd: 'cat colours.txt' } }] },
        ],
        'The sky is blue now.',
      );
      const { code, out, err } = await run(codex, ['exec', '--skip-git-repo-check', '--ephemeral', '--json', 'Change the colour of the sky to "blue".'], task, env);
      const shown = `${out}\n${err}\n${gateway.log()}`;
      assert.equal(code, 0, shown);
      assert.equal(task.read('colours.txt'), 'sky = "blue"\nsea = green\n', shown);
      const asked = gateway.model.requests.filter((request) => request.tools?.length > 0);
      assert.deepEqual([asked.length, [...new Set(asked.map((request) => request.dialect))]], [4, [dialect]], shown);
      assert.ok(asked[0].tools.includes('apply_patch'), `tools: ${asked[0].tools}`);
      assert.match(asked[3].results[2], /sky = \\?"blue/);
    } finally {
      task.remove();
    }
  });
}

test('a refusal of the provider is shown after one request', { skip }, async () => {
  const task = createTask({ files: {}, settings: { '.codex/config.toml': config('anthropic/claude-sonnet-5') } });
  try {
    gateway.model.script([], '', { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'The sky is too grey.' } } });
    const { code, out } = await run(codex, ['exec', '--skip-git-repo-check', '--ephemeral', '--json', 'Hello.'], task, { CODEX_HOME: join(task.home, '.codex'), NANO_KEY: gateway.key });
    assert.notEqual(code, 0, out);
    assert.match(out, /The sky is too grey\./);
    assert.equal(gateway.model.requests.length, 1);
  } finally {
    task.remove();
  }
});

// Codex continues to read after response.failed until the stream ends properly.
test('a stream that breaks off is a failed turn', { skip }, async () => {
  const task = createTask({ files: {}, settings: { '.codex/config.toml': config('anthropic/claude-sonnet-5') } });
  try {
    gateway.model.script([{ text: 'I read the file and say so at length.', calls: [] }], '', { cut: 5 });
    const { code, out } = await run(codex, ['exec', '--skip-git-repo-check', '--ephemeral', '--json', 'Hello.'], task, { CODEX_HOME: join(task.home, '.codex'), NANO_KEY: gateway.key });
    assert.notEqual(code, 0, out);
    assert.match(out, /"type":"turn\.failed".*broke off/);
    assert.equal(gateway.model.requests.length, 1);
  } finally {
    task.remove();
  }
});
