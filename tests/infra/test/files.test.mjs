import rules from '../rules/files.mjs';
import { table } from '../support/table.mjs';

table('Files of azd and Resource Manager', rules);
