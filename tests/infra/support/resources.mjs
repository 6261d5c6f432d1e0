// Resources of all files, as rules ask for them.
import { Expression } from './bicep.mjs';

/** What the resource has at `a.b.c`; an expression as it is written. */
export function at(resource, path) {
  const value = path.split('.').reduce((object, key) => (object instanceof Expression ? undefined : object?.[key]), resource.value);
  return value instanceof Expression ? value.text.replace(/\s+/g, ' ') : value;
}

const own = project => project.bicepFiles.flatMap(file => file.resources.filter(r => !r.existing).map(r => ({ ...r, file: file.file })));

export const ofType = (project, type) => own(project).filter(r => r.type === type);
