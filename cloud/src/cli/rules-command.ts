import { addRulesChecks } from './rules-check.ts';
import { addRulesReading } from './rules-explain.ts';
import { addRulesList } from './rules-list.ts';
import { addRulesPublishing } from './rules-publish.ts';
import type { AddCommands } from './shell.ts';

/** `greengate rules ...` */
export const addRulesCommands: AddCommands = (program, shell) => {
  const rules = program.command('rules').description('scoring packs');
  addRulesChecks(rules, shell);
  addRulesReading(rules, shell);
  addRulesList(rules, shell);
  addRulesPublishing(rules, shell);
};
