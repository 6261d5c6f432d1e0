import rules from '../rules/settings.mjs';
import { table } from '../support/table.mjs';

table('Settings', rules);
