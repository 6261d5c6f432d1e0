// Gemini CLI, headless, finishes a task with each foreign dialect behind the gateway: it reads a file, edits it and runs a command.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTask, find, run } from '../support/agent.mjs';
import { startGateway } from '../support/gateway.mjs';

const gemini = find('@google/gemini-cli', 'bundle/gemini.js');
const skip = gemini ? false : 'Gemini CLI is not installed.';

let gateway;
before(async () => {
  if (gemini) gateway = await startGateway();
});
after(() => gateway?.stop());

const settings = {
  '.gemini/settings.json': JSON.stringify({
    security: { auth: { selectedType: 'gemini-api-key' } },
    telemetry: { enabled: false },
    privacy: { usageStatisticsEnabled: false },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
  }),
};

const upstreams = [
  { dialect: 'chat', model: 'openai/gpt-4o' },
  { dialect: 'messages', model: 'anthropic/claude-sonnet-5' },
];

for (const { dialect, model } of upstreams) {
  test(`a task with ${model}, which speaks ${dialect}`, { skip }, async () => {
    const task = createTask({ files: { 'colours.txt': 'sky = grey\n' }, settings });
    try {
      const file = join(task.work, 'colours.txt');
      gateway.model.script(
        [
          { text: 'I read the file.', calls: [{ name: 'read_file', args: { file_path: file } }] },
          { text: '', calls: [{ name: 'replace', args: { file_path: file, instruction: 'Make the sky blue.', old_string: 'sky = grey', new_string: 'sky = blue' } }] },
          { text: 'Now I check it.', calls: [{ name: 'run_shell_command', args: { command: 'cat colours.txt && echo "lines: $(wc -l < colours.txt)"', description: 'Show the file' } }] },
        ],
        'The sky is blue now.',
      );
      const { code, out, err } = await run(
        process.execPath,
        [gemini, '-p', 'Change the colour of the sky to blue.', '--output-format', 'json', '--skip-trust', '--approval-mode', 'yolo', '-m', model],
        task,
        { GEMINI_API_KEY: gateway.key, GOOGLE_GEMINI_BASE_URL: gateway.url, GEMINI_CLI_NO_RELAUNCH: 'true' },
      );
      assert.equal(code, 0, `${out}\n${err}\n${gateway.log()}`);
      const result = JSON.parse(out.slice(out.indexOf('{')));
      assert.equal(result.response.trim(), 'The sky is blue now.');
      assert.equal(task.read('colours.txt'), 'sky = blue\n');
      assert.deepEqual([...new Set(gateway.model.requests.map((request) => request.dialect))], [dialect]);
      const asked = gateway.model.requests.filter((request) => request.tools?.length > 0);
      assert.equal(asked.length, 4, 'no request was repeated');
      assert.match(asked[3].results[0], /sky = grey/);
      assert.match(asked[3].results[2], /sky = blue/);
    } finally {
      task.remove();
    }
  });
}
