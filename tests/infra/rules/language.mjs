// What the Bicep compiler accepts, and these files may not: the compiler's own reports are in test/compiler.test.mjs.
import { nodes } from '../support/bicep.mjs';
import { append, edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';

const every = check => project => project.bicepFiles.flatMap(file => check(file).map(problem => `${file.file}: ${problem}`));

function bounds({ type, decorators }) {
  if (decorators.allowed) return true;
  if (type === 'int') return Number.isInteger(decorators.minValue) && Number.isInteger(decorators.maxValue);
  return type !== 'string' || decorators.minLength > 0 || decorators.maxLength > 0;
}

/** The expression that a value is a part of; the text that it is put into is not one. */
function outside(node) {
  let outer = node.parent;
  while (['interpolation', 'string', 'interpolated_string'].includes(outer.type)) outer = outer.parent;
  return outer;
}

/** `module!.outputs.x` of a conditional module: the compiler believes the `!`. */
function unconditionalReads(file) {
  const conditional = file.modules.filter(m => m.condition).map(m => m.name);
  return [...nodes(file.root)]
    .filter(node => node.type === 'member_expression' && conditional.includes(/^(\w+)!\.outputs\.\w+$/.exec(node.text)?.[1]) && outside(node).type !== 'ternary_expression')
    .map(node => `${node.text} is read without a condition`);
}

/** Invalid dates roll over: 2025-02-31 becomes a day in March. The compiler accepts them. */
function isReleased(version) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version ?? '')) return false;
  const day = new Date(`${version}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(version);
}

export default [
  {
    name: 'every module is used',
    check: project => [
      ...(project.bicepFiles.length > 5 ? [] : ['modules are not looked at']),
      ...project.bicepFiles.filter(f => f.file !== main && !project.main.modules.some(m => `infra/${m.path}` === f.file)).map(f => `${f.file} is used nowhere`),
    ],
    breaks: [append('a module that is not used', 'infra/modules/other.bicep', "param a string\noutput b string = a\n")],
  },
  {
    name: 'every parameter has a description and bounds; outputs of main.bicep have descriptions',
    check: every(file => [
      ...file.parameters.filter(p => !(p.decorators.description?.length > 3)).map(p => `${p.name} is not described`),
      ...file.parameters.filter(p => (p.type === 'int' || file.file === main) && !bounds(p)).map(p => `${p.name} has no bounds`),
      ...file.outputs.filter(o => file.file === main && !o.decorators.description).map(o => `${o.name} is not described`),
    ]),
    breaks: [
      edit('no description', app, "@description('Name of the plan. It contains only this app.')\n", ''),
      edit('no maximum', main, '@maxValue(1000)\n', ''),
      edit('an output without a description', main, "@description('Base URL for clients.')\n", ''),
    ],
  },
  {
    name: 'a conditional module is read under a condition',
    check: every(unconditionalReads),
    breaks: [edit('a conditional module read without its condition', main, "virtualNetworkEnabled ? network!.outputs.appSubnetId : ''", 'network!.outputs.appSubnetId')],
  },
  {
    name: 'API versions are days and no previews, and one type has one',
    check: project => {
      const seen = new Map();
      return project.bicepFiles.flatMap(file => [
        ...file.resources.filter(r => !isReleased(r.version)).map(r => `${file.file}: ${r.name} has the API version ${r.version}`),
        ...file.resources.filter(r => (seen.get(r.type) ?? seen.set(r.type, r.version).get(r.type)) !== r.version).map(r => `${file.file}: ${r.type} is elsewhere ${seen.get(r.type)}`),
      ]);
    },
    breaks: [
      edit('a day that is none', 'infra/modules/identity.bicep', '@2024-11-30', '@2024-11-31'),
      edit('a preview', 'infra/modules/identity.bicep', '@2024-11-30', '@2025-05-31-preview'),
      edit('two versions of one type', 'infra/modules/secrets.bicep', "'Microsoft.KeyVault/vaults@2025-05-01'", "'Microsoft.KeyVault/vaults@2024-11-01'"),
    ],
  },
];
