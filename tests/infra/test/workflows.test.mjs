import rules from '../rules/workflows.mjs';
import { table } from '../support/table.mjs';

table('Workflows', rules);
