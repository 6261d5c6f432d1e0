import rules from '../rules/security.mjs';
import { table } from '../support/table.mjs';

table('Access', rules);
