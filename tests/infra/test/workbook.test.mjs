import rules from '../rules/workbook.mjs';
import { table } from '../support/table.mjs';

table('The workbook', rules);
