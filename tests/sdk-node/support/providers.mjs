// Minimal responses of each provider, in its own format.
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

export const providers = [
  {
    name: 'openai',
    model: 'openai/gpt-4o',
    text: (text) => ({
      id: 'chatcmpl-1', object: 'chat.completion', created: 1790000000, model: 'gpt-4o', usage,
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    }),
    error: (message) => ({ error: { message, type: 'some_error', param: null, code: null } }),
  },
  {
    name: 'anthropic',
    model: 'anthropic/claude-haiku-5-5',
    text: (text) => ({
      id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-5-5', content: [{ type: 'text', text }],
      stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 10, output_tokens: 4 },
    }),
    error: (message) => ({ type: 'error', error: { type: 'some_error', message } }),
  },
  {
    name: 'google',
    model: 'google/gemini-3.8-flash',
    text: (text) => ({
      candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 4, totalTokenCount: 14 }, modelVersion: 'gemini-3.8-flash', responseId: 'r1',
    }),
    error: (message) => ({ error: { code: 400, message, status: 'SOME_STATUS' } }),
  },
];
