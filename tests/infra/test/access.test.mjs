import rules from '../rules/access.mjs';
import { table } from '../support/table.mjs';

table('Access', rules);
