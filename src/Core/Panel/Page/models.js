// The catalogue: the known data of each model, and the search over it.
import { getJson } from './api.js';
import { price, short } from './format.js';

/**
 * @typedef {{id: string, provider: string, name: string | null, context: number | null, max_output: number | null,
 *   input_modalities: string[], capabilities: string[], input_per_million: number | null, output_per_million: number | null,
 *   cache_read_per_million: number | null, available: boolean}} Model
 */

let loading = null;

/** @returns {Promise<Model[]>} requested once; after a failure the next call requests it again */
export function loadModels() {
  loading ??= getJson('api/models')
    .then((answer) => answer.models.map((model) => ({ ...model, haystack: haystack(model) })))
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

/** Keys have changed, and with them which models are available: the next call requests them again. */
export function forgetModels() {
  loading = null;
}

/** All displayed text of a model, so that "128k", "free", "images" or "tools" find it as well as its name. */
const haystack = (model) => [model.id, model.name, model.provider, describe(model), ...abilities(model), ...(model.capabilities ?? [])].join(' ').toLowerCase();

/**
 * Every word must match; matches at the beginning come first, models with a key before models without.
 * @param {Model[]} models
 */
export function searchModels(models, query, { availableOnly = false } = {}) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = [];
  for (const [index, model] of models.entries()) {
    if (availableOnly && !model.available) continue;
    if (!words.every((word) => model.haystack.includes(word))) continue;
    ranked.push({ model, index, rank: (model.available ? 0 : 4) + (words.length ? rankOf(model.id.toLowerCase(), words[0]) : 0) });
  }
  return ranked.sort((a, b) => a.rank - b.rank || a.index - b.index).map((found) => found.model);
}

function rankOf(id, word) {
  if (id === word) return 0;
  const bare = id.slice(id.indexOf('/') + 1);
  if (bare === word) return 0;
  return id.startsWith(word) || bare.startsWith(word) ? 1 : id.includes(word) ? 2 : 3;
}

/** The initial model: the first available one that is not the built-in echo, else the echo. */
export const firstModel = (models) => models.find((model) => model.available && model.provider !== 'nano') ?? models.find((model) => model.available) ?? models[0];

/** "1.05M context · $2 in, $10 out per million tokens" */
export function describe(model) {
  const facts = [];
  if (model.context) facts.push(`${short(model.context)} context`);
  facts.push(prices(model));
  return facts.filter(Boolean).join(' · ');
}

export function prices(model) {
  if (model.input_per_million === 0 && model.output_per_million === 0) return 'free';
  if (model.input_per_million == null && model.output_per_million == null) return 'price unknown';
  return `${price(model.input_per_million)} in, ${price(model.output_per_million)} out`;
}

const WORDS = { tools: 'tools', reasoning: 'reasoning', structured_output: 'structured output' };
const MEDIA = { image: 'images', audio: 'audio', pdf: 'PDF', video: 'video', file: 'files' };

/** The model's abilities as text. */
export const abilities = (model) => [
  ...(model.capabilities ?? []).map((name) => WORDS[name] ?? name.replaceAll('_', ' ')),
  ...(model.input_modalities ?? []).filter((name) => name !== 'text').map((name) => MEDIA[name] ?? name),
];

/**
 * The approximate cost of a response, from the catalogue's base prices alone; null if one of them is unknown.
 * @param {Model | undefined} model
 * @param {any} usage in OpenAI Chat's format: cached tokens are part of the prompt's
 */
export function baseCost(model, usage) {
  if (!model || !usage || model.input_per_million == null || model.output_per_million == null) return null;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const cachePrice = model.cache_read_per_million ?? model.input_per_million;
  return (((usage.prompt_tokens ?? 0) - cached) * model.input_per_million + cached * cachePrice + (usage.completion_tokens ?? 0) * model.output_per_million) / 1e6;
}
