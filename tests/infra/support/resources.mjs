// Resources of all files, for the rules.
import { Expression } from './bicep.mjs';

/** The resource's value at `a.b.c`; an expression as source text. */
export function at(resource, path) {
  const value = path.split('.').reduce((object, key) => (object instanceof Expression ? undefined : object?.[key]), resource.value);
  return value instanceof Expression ? value.text.replace(/\s+/g, ' ') : value;
}

const own = project => project.bicepFiles.flatMap(file => file.resources.filter(r => !r.existing).map(r => ({ ...r, file: file.file })));

export const ofType = (project, type) => own(project).filter(r => r.type === type);
