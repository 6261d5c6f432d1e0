// The workbook covers each question of docs/azure.md for a model, and for a team and its keys. Names and syntax of its queries: queries.mjs.
import { analyze } from '../support/kusto.mjs';
import { edit } from '../support/table.mjs';

const workbook = 'infra/modules/workbook.json';
const usage = 'infra/modules/usage.kql';
const guide = 'docs/azure.md';

/** What a query contains if it answers the question. */
const questions = {
  requests: /\bcount\(\)/,
  latency: /\bpercentile\([^\n]*\bfirst_token_ms\b/,
  tokens: /\bsumif\(input\b[^\n]*\bsumif\(output\b/,
  cost: /\bsum\(cost_usd\)/,
  errors: /\boutcome !in \('ok', 'caller_gone'\)/,
  refusals: /\berror in \('/,
  losses: /\bisnotempty\(loss\)/,
};

/** Columns that one table has together, beside its figures. */
const groups = [['model'], ['team', 'caller']];

const named = project => /workbook \*Nano: usage\* \([^)]*\): ([\w, ]+) by model, key and team/.exec(project.text(guide))?.[1].split(/, | and /) ?? [];

function coverage(project) {
  const columns = analyze(project.text(usage).trim()).columns;
  const queries = project.json(workbook).items.filter(item => item.type === 3).map(item => item.content.query);
  const results = queries.map(text => ({ text, names: analyze(text.replace('{{usage}}', 'NanoUsage'), { NanoUsage: columns }).columns.map(([name]) => name) }));
  const answers = (pattern, group) => results.some(({ text, names }) => pattern.test(text) && group.every(name => names.includes(name)));
  return [
    ...(named(project).join() === Object.keys(questions).join() ? [] : [`${guide} names ${named(project)}`]),
    ...Object.entries(questions).flatMap(([question, pattern]) => groups.filter(group => !answers(pattern, group)).map(group => `no query has ${question} by ${group.join(' and ')}`)),
  ];
}

/** Every table that counts refusals counts the same ones. */
function refusals(project) {
  const lists = project.json(workbook).items.flatMap(item => [...(item.content.query ?? '').matchAll(/\berror in \(([^)]*)\)/g)]).map(([, list]) => list);
  return [...(lists.length > 1 ? [] : ['refusals are not understood']), ...lists.filter(list => list !== lists[0]).map(list => `other refusals: ${list}`)];
}

export default [
  {
    name: 'the workbook answers each question of the guide by model, and by team and key',
    check: coverage,
    breaks: [
      edit('no keys', workbook, 'by team, caller\\n| order by usd', 'by team\\n| order by usd'),
      edit('no teams', workbook, 'by team, caller\\n| order by usd', 'by caller\\n| order by usd'),
      edit('callers that left among the errors', workbook, /outcome !in \('ok', 'caller_gone'\)/g, "outcome != 'ok'"),
      edit('refusals without a model', workbook, 'by error, model, team', 'by error, team'),
      edit('latency of models only', workbook, /first_token_p50_ms=(?!.*first_token_p50_ms=)[^]*?(?=budget_used_percent)/, ''),
      edit('losses without a model', workbook, 'upstream_dialect, model, team', 'upstream_dialect, team'),
      edit('a question less', guide, 'errors, refusals and losses by model', 'errors and losses by model'),
    ],
  },
  {
    name: 'all tables of the workbook count the same refusals',
    check: refusals,
    breaks: [edit('a refusal less in one', workbook, "'budget_unavailable', ", '')],
  },
];
