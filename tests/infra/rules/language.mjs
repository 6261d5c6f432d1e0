// What the Bicep compiler would refuse or warn about, as far as syntax and names show it; and that parameters are described and bounded.
import { Expression, isName, nodes } from '../support/bicep.mjs';
import { append, edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';

/** Functions of Bicep (and its namespaces az and sys) that these files may call. */
const functions = new Set([
  'empty', 'endsWith', 'environment', 'fail', 'filter', 'guid', 'items', 'length', 'loadTextContent', 'map', 'replace', 'string', 'subscription',
  'subscriptionResourceId', 'take', 'tenant', 'toLower', 'trim', 'union', 'uniqueString',
]);

const moduleOf = (project, path) => project.has(`infra/${path}`) && project.bicep(`infra/${path}`);

const every = check => project => project.bicepFiles.flatMap(file => check(file, project).map(problem => `${file.file}: ${problem}`));

function declared(file) {
  return [...file.parameters, ...file.variables, ...file.resources, ...file.modules].map(it => it.name);
}

/** Names that are read, without those that a lambda or a loop introduces. */
function used(file) {
  return [...nodes(file.root)].filter(isName).filter(node => !isLocal(node));
}

function isLocal(node) {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.type === 'lambda_expression' && outer.namedChildren[0].text === node.text) return true;
    if (outer.type === 'for_statement' && outer.childForFieldName('initializer').text === node.text) return true;
  }
  return false;
}

function bounds({ type, decorators }) {
  if (decorators.allowed) return true;
  if (type === 'int') return Number.isInteger(decorators.minValue) && Number.isInteger(decorators.maxValue) && decorators.minValue < decorators.maxValue;
  return type !== 'string' || decorators.minLength > 0 || decorators.maxLength > 0;
}

function defaultFits({ name, default: value, decorators: { allowed, minValue, maxValue } }) {
  if (value === undefined || value instanceof Expression) return [];
  const fits = (!allowed || allowed.includes(value)) && (minValue === undefined || value >= minValue) && (maxValue === undefined || value <= maxValue);
  return fits ? [] : [`the default of ${name} is outside its own bounds`];
}

function moduleCall({ name, path, value }, project) {
  const target = moduleOf(project, path);
  if (!target) return [`module ${name}: ${path} does not exist`];
  const given = Object.keys(value.params ?? {});
  const known = target.parameters.map(p => p.name);
  return [
    ...given.filter(p => !known.includes(p)).map(p => `module ${name}: ${path} has no parameter ${p}`),
    ...target.parameters.filter(p => p.required && !given.includes(p.name)).map(p => `module ${name}: ${p.name} of ${path} is not given`),
  ];
}

/** The expression that a value is a part of; the text that it is put into is not one. */
function outside(node) {
  let outer = node.parent;
  while (['interpolation', 'string', 'interpolated_string'].includes(outer.type)) outer = outer.parent;
  return outer;
}

/** `module.outputs.x` if the module has no output x, and reads of a conditional module's members without a condition. */
function outputReads(file, project) {
  const modules = new Map(file.modules.map(m => [m.name, m]));
  const problems = [];
  for (const node of nodes(file.root)) {
    const [, name, sure, output] = node.type === 'member_expression' ? /^(\w+)(!?)\.outputs\.(\w+)$/.exec(node.text) ?? [] : [];
    if (!modules.has(name)) continue;
    const { path, condition } = modules.get(name);
    const target = moduleOf(project, path);
    if (target && !target.outputs.some(o => o.name === output)) problems.push(`${path} has no output ${output}`);
    if (condition && !sure) problems.push(`${name} may not exist: ${node.text}`);
    if (condition && sure && outside(node).type !== 'ternary_expression') problems.push(`${node.text} is read without a condition`);
  }
  return problems;
}

function childReads(file) {
  const problems = [];
  for (const node of nodes(file.root)) {
    if (node.type !== 'resource_expression') continue;
    const [parent, child] = [node.childForFieldName('object').text, node.childForFieldName('resource').text];
    if (!file.resources.some(r => r.name === child && r.parent?.name === parent)) problems.push(`${parent} has no child ${child}`);
  }
  return problems;
}

/** Invalid dates roll over: 2025-02-31 becomes a day in March. */
function isDay(text) {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function versions(file) {
  const today = new Date().toISOString().slice(0, 10);
  return file.resources.flatMap(({ name, type, version }) => {
    if (!/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+$/.test(type)) return [`${name}: ${type} is not a resource type`];
    if (!/^\d{4}-\d{2}-\d{2}$/.test(version ?? '')) return [`${name}: ${version} is not an API version, or is a preview`];
    return version > today || version < '2020-01-01' || !isDay(version) ? [`${name}: there is no API version of ${version}`] : [];
  });
}

export default [
  {
    name: 'every file is Bicep',
    check: every(file => file.problems),
    breaks: [
      edit('a brace that is not closed', 'infra/modules/vault.bicep', /\}\s*output id/, '\noutput id'),
      edit('a parameter without a type', main, 'param location string', 'param location'),
      edit('a comma that is not valid Bicep', 'infra/modules/roles.bicep', 'scope: storage\n', 'scope: storage,,\n'),
      append('text that is nothing', 'infra/modules/identity.bicep', '\noutput = \n'),
    ],
  },
  {
    name: 'main.bicep is for a subscription, and there are modules',
    check: project => [
      ...(/^targetScope = 'subscription'$/m.test(project.text(main)) ? [] : ['main.bicep has another scope']),
      ...(project.bicepFiles.length > 5 ? [] : ['modules are not looked at']),
      ...project.bicepFiles.filter(f => f.file !== main && !project.main.modules.some(m => `infra/${m.path}` === f.file)).map(f => `${f.file} is used nowhere`),
    ],
    breaks: [
      edit('another scope', main, "'subscription'", "'resourceGroup'"),
      append('a module that is not used', 'infra/modules/other.bicep', "param a string\noutput b string = a\n"),
    ],
  },
  {
    name: 'every parameter has a description and bounds; outputs of main.bicep have descriptions',
    check: every(file => [
      ...file.parameters.filter(p => !(p.decorators.description?.length > 3)).map(p => `${p.name} is not described`),
      ...file.parameters.filter(p => (p.type === 'int' || file.file === main) && !bounds(p)).map(p => `${p.name} has no bounds`),
      ...file.parameters.flatMap(defaultFits),
      ...file.outputs.filter(o => file.file === main && !o.decorators.description).map(o => `${o.name} is not described`),
    ]),
    breaks: [
      edit('no description', app, "@description('Name of the plan. It contains only this app.')\n", ''),
      edit('no maximum', main, '@maxValue(1000)\n', ''),
      edit('bounds the wrong way round', 'infra/modules/vault.bicep', '@minValue(7)', '@minValue(91)'),
      edit('a default out of bounds', main, 'param maximumInstanceCount int = 40', 'param maximumInstanceCount int = 4000'),
      edit('a default that is not allowed', main, 'param instanceMemoryMB int = 2048', 'param instanceMemoryMB int = 1024'),
      edit('an output without a description', main, "@description('Base URL for clients.')\n", ''),
    ],
  },
  {
    name: 'every name that is used is declared once, and every name that is declared is used',
    check: every(file => {
      const names = declared(file);
      const reads = used(file);
      // A resource or module has an effect even if nothing names it.
      const wanted = [...file.parameters, ...file.variables, ...file.resources.filter(r => r.existing)].map(it => it.name);
      const children = [...nodes(file.root)].filter(n => n.type === 'resource_expression').map(n => n.childForFieldName('resource').text);
      return [
        ...names.filter((name, i) => names.indexOf(name) !== i).map(name => `${name} is declared twice`),
        ...reads.filter(n => !names.includes(n.text)).map(n => `${n.text} is not declared (line ${n.startPosition.row + 1})`),
        ...wanted.filter(name => !reads.some(n => n.text === name) && !children.includes(name)).map(name => `${name} is not used`),
      ];
    }),
    breaks: [
      edit('a name that does not exist', main, 'retentionDays: vaultRetentionDays', 'retentionDays: vaultRetention'),
      edit('a name in a string that does not exist', main, "'rg-${environmentName}'", "'rg-${envName}'"),
      edit('a parameter that is not used', main, '// ---- How large ----', "@description('Nothing.')\nparam nothing bool = true"),
      edit('a variable that is not used', app, 'var settings', "var nothing = 'x'\nvar settings"),
      edit('a dependency that does not exist', main, '    roles\n    secrets\n', '    rolls\n    secrets\n'),
      edit('a name that is declared twice', main, 'var tags', 'var token = 1\nvar tags'),
      edit('a lambda that reads what it has not', app, 'value: setting.value', 'value: entry.value'),
      edit('an existing resource that is not used', 'infra/modules/roles.bicep', 'guid(insights.id, appPrincipalId, monitoringMetricsPublisher)\n  scope: insights', "guid(vault.id, appPrincipalId, monitoringMetricsPublisher)\n  scope: vault"),
    ],
  },
  {
    name: 'functions are those of Bicep',
    check: every(file => [...nodes(file.root)]
      .filter(n => n.type === 'call_expression' && n.parent.type !== 'decorator')
      .map(n => n.childForFieldName('function').text).filter(name => !functions.has(name)).map(name => `${name}() is not known here`)),
    breaks: [
      edit('a function that does not exist', main, 'toLower(', 'lower('),
      edit('keys of a resource', 'infra/modules/storage.bicep', 'account.id', 'account.listKeys().keys[0].value'),
    ],
  },
  {
    name: 'decorators are those of Bicep',
    check: every(file => [...file.parameters, ...file.outputs].flatMap(({ name, decorators }) => Object.keys(decorators)
      .filter(d => !['allowed', 'description', 'maxLength', 'maxValue', 'metadata', 'minLength', 'minValue', 'secure'].includes(d)).map(d => `${name}: @${d}`))),
    breaks: [edit('a decorator that does not exist', main, '@secure()', '@secret()')],
  },
  {
    name: 'modules are there, and get what they ask for and nothing else',
    check: every((file, project) => file.modules.flatMap(m => moduleCall(m, project))),
    breaks: [
      edit('a module that does not exist', main, "'modules/vault.bicep'", "'modules/keyVault.bicep'"),
      edit('a parameter that is not given', main, '    retentionDays: vaultRetentionDays\n', ''),
      edit('a parameter that the module has not', main, '    retentionDays: vaultRetentionDays\n', '    retentionDays: vaultRetentionDays\n    days: 7\n'),
      edit('a module that asks for more', 'infra/modules/identity.bicep', 'param name string', "param name string\n\n@description('More.')\nparam more string"),
    ],
  },
  {
    name: 'outputs and children that are read are there, also under their condition',
    check: every((file, project) => [...outputReads(file, project), ...childReads(file)]),
    breaks: [
      edit('an output that does not exist', main, 'vault.outputs.uri', 'vault.outputs.url'),
      edit('an output that the module lost', 'infra/modules/identity.bicep', 'output clientId', 'output client'),
      edit('a conditional module read as if it were there', main, 'network!.outputs.appSubnetId', 'network.outputs.appSubnetId'),
      edit('a conditional module read without its condition', main, "virtualNetworkEnabled ? network!.outputs.appSubnetId : ''", 'network!.outputs.appSubnetId'),
      edit('a child that does not exist', 'infra/modules/network.bicep', 'network::app.id', 'network::apps.id'),
    ],
  },
  {
    name: 'API versions are released ones, and one type has one',
    check: project => {
      const seen = new Map();
      return project.bicepFiles.flatMap(file => [
        ...versions(file),
        ...file.resources.filter(r => (seen.get(r.type) ?? seen.set(r.type, r.version).get(r.type)) !== r.version).map(r => `${file.file}: ${r.type} is elsewhere ${seen.get(r.type)}`),
      ]);
    },
    breaks: [
      edit('a version of the future', 'infra/modules/vault.bicep', '@2025-05-01', '@2125-05-01'),
      edit('a day that is none', 'infra/modules/identity.bicep', '@2024-11-30', '@2024-11-31'),
      edit('a preview', 'infra/modules/identity.bicep', '@2024-11-30', '@2025-05-31-preview'),
      edit('no version', 'infra/modules/identity.bicep', '@2024-11-30', ''),
      edit('two versions of one type', 'infra/modules/secrets.bicep', "'Microsoft.KeyVault/vaults@2025-05-01'", "'Microsoft.KeyVault/vaults@2024-11-01'"),
      edit('a type that is none', 'infra/modules/identity.bicep', 'Microsoft.ManagedIdentity/', ''),
    ],
  },
];
