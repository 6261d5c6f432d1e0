import rules from '../rules/language.mjs';
import { table } from '../support/table.mjs';

table('Bicep', rules);
