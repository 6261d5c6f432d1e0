import { bodyOf, GEMINI_CONFIG, geminiConfig, originOf } from './addresses.js';
import { literal } from '../../text/literal.js';

/** In an object literal, this name would set the prototype. */
const object = (value) => literal(value).replace(/^(\s*)"__proto__":/gm, '$1["__proto__"]:');

const OPENAI = {
  chat: ['chat.completions', 'for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");', 'console.log(answer.choices[0].message.content);'],
  responses: ['responses', 'for await (const event of stream) if (event.type === "response.output_text.delta") process.stdout.write(event.delta);', 'console.log(answer.output_text);'],
  embeddings: ['embeddings', '', 'console.log(answer.data[0].embedding);'],
};

export const javascript = (call) => (call.api === 'gemini' ? gemini(call) : call.api === 'messages' ? messages(call) : openai(call));

const options = (strict) => (strict ? ', { headers: { "x-nano-strict": "true" } }' : '');

function openai(call) {
  const [method, read, print] = OPENAI[call.api];
  return `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${literal(call.baseUrl)}, apiKey: process.env.NANO_API_KEY });

const ${call.stream ? 'stream' : 'answer'} = await client.${method}.create(${object(bodyOf(call))}${options(call.strict)});
${call.stream ? read : print}
`;
}

function messages(call) {
  return `// npm install @anthropic-ai/sdk
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: ${literal(originOf(call.baseUrl))}, apiKey: process.env.NANO_API_KEY });

const ${call.stream ? 'stream' : 'answer'} = await client.messages.create(${object(bodyOf(call))}${options(call.strict)});
${call.stream
    ? 'for await (const event of stream) if (event.delta?.type === "text_delta") process.stdout.write(event.delta.text);'
    : 'console.log(answer.content.map((block) => block.text ?? "").join(""));'}
`;
}

function gemini(call) {
  const { contents, config, extra } = geminiConfig(call.body, GEMINI_CONFIG);
  const http = { ...(extra ? { extraBody: extra } : {}), ...(call.strict ? { headers: { 'x-nano-strict': 'true' } } : {}) };
  const request = { model: call.model, contents, config: { ...config, ...(Object.keys(http).length ? { httpOptions: http } : {}) } };
  return `// npm install @google/genai
import { GoogleGenAI } from "@google/genai";

const client = new GoogleGenAI({ apiKey: process.env.NANO_API_KEY, httpOptions: { baseUrl: ${literal(originOf(call.baseUrl))} } });

const ${call.stream ? 'stream' : 'answer'} = await client.models.${call.stream ? 'generateContentStream' : 'generateContent'}(${object(request)});
${call.stream ? 'for await (const chunk of stream) process.stdout.write(chunk.text ?? "");' : 'console.log(answer.text);'}
`;
}
