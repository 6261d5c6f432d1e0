import rules from '../rules/resources.mjs';
import { table } from '../support/table.mjs';

table('Resources', rules);
