// Claude Code, headless, finishes a task with each foreign dialect behind the gateway: it reads a file, edits it and runs a command.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTask, find, run } from '../support/agent.mjs';
import { startGateway } from '../support/gateway.mjs';

const claude = find(`@anthropic-ai/claude-code-${process.platform}-${process.arch}`, process.platform === 'win32' ? 'claude.exe' : 'claude');
const skip = claude ? false : 'Claude Code is not installed for this system.';

let gateway;
before(async () => {
  if (claude) gateway = await startGateway();
});
after(() => gateway?.stop());

const upstreams = [
  { dialect: 'chat', model: 'openai/gpt-4o' },
  { dialect: 'responses', model: 'openai/gpt-6.2-sol' },
  { dialect: 'gemini', model: 'google/gemini-3.8-flash' },
  { dialect: 'messages', model: 'anthropic/claude-sonnet-5' },
];

for (const { dialect, model } of upstreams) {
  test(`a task with ${model}, which speaks ${dialect}`, { skip }, async () => {
    const task = createTask({ files: { 'colours.txt': 'sky = grey\n' } });
    try {
      const file = join(task.work, 'colours.txt');
      gateway.model.script(
        [
          { text: 'I read the file.', calls: [{ name: 'Read', args: { file_path: file } }] },
          { text: '', calls: [{ name: 'Edit', args: { file_path: file, old_string: 'sky = grey', new_string: 'sky = blue' } }] },
          { text: 'Now I check it.', calls: [{ name: 'Bash', args: { command: 'cat colours.txt && echo "lines: $(wc -l < colours.txt)"', description: 'Show the file' } }] },
        ],
        'The sky is blue now.',
      );
      const { code, out, err } = await run(
        claude,
        ['-p', 'Change the colour of the sky to blue.', '--output-format', 'json', '--allowedTools', 'Read,Edit,Bash', '--model', model],
        task,
        {
          ANTHROPIC_BASE_URL: gateway.url, ANTHROPIC_API_KEY: gateway.key, ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_MAX_RETRIES: '1',
        },
      );
      assert.equal(code, 0, `${out}\n${err}\n${gateway.log()}`);
      const result = JSON.parse(out);
      assert.equal(result.is_error, false, out);
      assert.equal(result.result, 'The sky is blue now.');
      assert.equal(result.num_turns, 4);
      assert.equal(task.read('colours.txt'), 'sky = blue\n');
      const asked = gateway.model.requests.filter((request) => request.tools?.length > 0);
      assert.deepEqual([...new Set(gateway.model.requests.map((request) => request.dialect))], [dialect]);
      assert.equal(asked.length, 4, 'no request was repeated');
      assert.match(asked[3].results[0], /sky = grey/);
      assert.match(asked[3].results[2], /sky = blue\s+lines: 1|sky = blue\\nlines: 1/);
      // It displays the model's token counts, not the estimate of the start.
      assert.deepEqual([result.usage.input_tokens, result.usage.cache_read_input_tokens, result.usage.output_tokens], [800, 4000, 120]);
    } finally {
      task.remove();
    }
  });
}
