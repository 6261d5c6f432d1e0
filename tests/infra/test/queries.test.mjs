import rules from '../rules/queries.mjs';
import { table } from '../support/table.mjs';

table('Queries', rules);
