import { Command } from 'commander';
import { addAuditCommands } from './audit-command.ts';
import { addCodeCommands } from './code-command.ts';
import { addHolderCommands } from './holders-command.ts';
import { addImportCommands } from './import-command.ts';
import { addKeysCommands } from './keys-command.ts';
import { addOpenapiCommand } from './openapi-command.ts';
import { addRulesCommands } from './rules-command.ts';
import type { Shell } from './shell.ts';
import { addStaffCommands } from './staff-command.ts';
import { addTokenCommands } from './token-command.ts';

/** All of `greengate`. Parsing rejects with `CommanderError` or `CommandError` where the process should end with 2. */
export function makeProgram(shell: Shell): Command {
  const program = new Command('greengate')
    .description('A Greengate cloud, for its operators.')
    .showHelpAfterError()
    .exitOverride();
  for (const add of [
    addKeysCommands,
    addTokenCommands,
    addCodeCommands,
    addRulesCommands,
    addImportCommands,
    addHolderCommands,
    addAuditCommands,
    addStaffCommands,
    addOpenapiCommand,
  ]) {
    add(program, shell);
  }
  return program;
}
