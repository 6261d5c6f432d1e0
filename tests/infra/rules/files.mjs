// azure.yaml and main.parameters.json, by the rules of their published schemas: azure.yaml v1.0 (Azure/azure-dev) and
// deploymentParameters.json 2019-04-01 (Resource Manager). host.json and local.settings.example.json have their tests in Core.Tests.
import { append, edit } from '../support/table.mjs';

const azd = 'azure.yaml';
const parameters = 'infra/main.parameters.json';

const unknown = (where, object, known) => Object.keys(object ?? {}).filter(key => !known.includes(key)).map(key => `${where} knows no ${key}`);

const safely = check => project => {
  try {
    return check(project);
  } catch (error) {
    return [error.message];
  }
};

function azureYaml(project) {
  const yaml = project.yaml(azd);
  const services = Object.entries(yaml.services ?? {});
  const tag = /'azd-service-name': '([^']*)'/.exec(project.text('infra/main.bicep'))?.[1];
  return [
    ...unknown(azd, yaml, ['name', 'resourceGroup', 'metadata', 'infra', 'services', 'resources', 'pipeline', 'hooks', 'requiredVersions', 'state', 'platform', 'workflows', 'cloud']),
    ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(yaml.name) && yaml.name.length >= 2 ? [] : [`${yaml.name} is not a name`]),
    ...(yaml.infra?.provider === 'bicep' && project.has(`${yaml.infra.path}/${yaml.infra.module}.bicep`) && project.has(`${yaml.infra.path}/${yaml.infra.module}.parameters.json`) ? [] : ['infra is not where it says']),
    // azd uses a .bicepparam file first, and then ignores the JSON file (bicep_provider.go): docs/azure.md describes what would be lost.
    ...(project.has(`${yaml.infra?.path}/${yaml.infra?.module}.bicepparam`) ? ['azd would ignore main.parameters.json'] : []),
    ...(services.length === 1 ? [] : ['there is one service']),
    ...services.flatMap(([name, service]) => [
      ...unknown(`service ${name}`, service, ['apiVersion', 'resourceGroup', 'resourceName', 'project', 'image', 'host', 'language', 'module', 'dist', 'remoteBuild', 'docker', 'k8s', 'config', 'uses', 'env', 'hooks']),
      ...(service.host === 'function' ? [] : [`${name} runs on ${service.host}`]),
      ...(['dotnet', 'csharp'].includes(service.language) ? [] : [`${name} is written in ${service.language}`]),
      ...(tag === name ? [] : [`azd looks for the tag azd-service-name: ${name}, and the app has ${tag}`]),
      ...(project.main.outputs.some(o => o.name === `SERVICE_${name.toUpperCase()}_ENDPOINTS` && o.type === 'string[]') ? [] : [`there is no output with the endpoints of ${name}`]),
      ...oneProject(project, service.project),
    ]),
  ];
}

/** azd publishes the one project file of that folder. */
function oneProject(project, folder) {
  const path = String(folder).replace(/^\.\//, '');
  const found = project.paths(/\.csproj$/).filter(file => file.startsWith(`${path}/`) && !file.slice(path.length + 1).includes('/'));
  return found.length === 1 ? [] : [`${folder} has ${found.length} project files`];
}

function parametersJson(project) {
  const json = project.json(parameters);
  return [
    ...unknown(parameters, json, ['$schema', 'contentVersion', 'metadata', 'parameters']),
    ...(json.$schema === 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#' ? [] : ['the schema is another one']),
    ...(/^\d+\.\d+\.\d+\.\d+$/.test(json.contentVersion) ? [] : ['contentVersion has four numbers']),
    ...Object.entries(json.parameters).flatMap(([name, parameter]) => [
      ...unknown(name, parameter, ['value', 'reference', 'metadata']),
      ...(('value' in parameter) !== ('reference' in parameter) ? [] : [`${name} has a value or a reference`]),
    ]),
  ];
}

/** The folder where azd stores its values, in plain text. */
const ignored = project => ['.azure/', 'local.settings.json', '.env'].filter(line => !project.text('.gitignore').split(/\r?\n/).includes(line)).map(line => `.gitignore has no ${line}`);

/** A lockfile that names a host works only for users who can reach that host. */
const lockfiles = project => project.paths(/package-lock\.json$/).filter(path => /"resolved":/.test(project.text(path))).map(path => `${path} names a registry`);

export default [
  {
    name: 'azure.yaml: one service, on Functions, of one project, found by its tag',
    check: safely(azureYaml),
    breaks: [
      edit('another host', azd, 'host: function', 'host: functionapp'),
      edit('another language', azd, 'language: dotnet', 'language: csharp10'),
      edit('a folder without a project', azd, './src/Functions', './src'),
      edit('a name that is none', azd, 'name: nano', 'name: Nano Gateway'),
      edit('a key that azd does not know', azd, 'services:', 'service:'),
      edit('another tag', 'infra/main.bicep', "'azd-service-name': 'gateway'", "'azd-service-name': 'api'"),
      edit('another folder of infra', azd, 'path: infra', 'path: infrastructure'),
      append('a second file of parameters', 'infra/main.bicepparam', "using './main.bicep'"),
      append('a second project in the folder', 'src/Functions/Other.csproj', '<Project/>'),
      edit('invalid YAML', azd, 'services:', 'services: ['),
    ],
  },
  {
    name: 'main.parameters.json: what Resource Manager takes',
    check: safely(parametersJson),
    breaks: [
      edit('another schema', parameters, '2019-04-01', '2015-01-01'),
      edit('no version', parameters, '"1.0.0.0"', '"1"'),
      edit('no value', parameters, '"value": "${API_KEY}"', ''),
      edit('an unknown key', parameters, '"value": "${API_KEY}"', '"val": "${API_KEY}"'),
    ],
  },
  {
    name: 'files with keys are not committed',
    check: ignored,
    breaks: [edit('azd\'s folder', '.gitignore', '.azure/\n', ''), edit('.env', '.gitignore', /^\.env$/m, '')],
  },
  {
    name: 'lockfiles name no registry',
    check: lockfiles,
    breaks: [edit('a host', 'tests/infra/package-lock.json', '"integrity"', '"resolved": "https://registry.example/x.tgz",\n      "integrity"')],
  },
];
