import type { Command } from 'commander';
import { USERNAME } from '../accounts/wire.ts';
import { DATABASE_URL } from '../accounts-port.ts';
import { ProblemError } from '../problem.ts';
import { JSON_FLAG, matching } from './options.ts';
import { type AddCommands, CommandError, type Shell, show } from './shell.ts';

/** `greengate staff first` */
export const addStaffCommands: AddCommands = (program, shell) => {
  const staff = program.command('staff').description('people who work with the cloud');
  addFirst(staff, shell);
};

const username = matching(USERNAME, '3 to 32 of a-z 0-9 . _ -');
const databaseUrl = matching(DATABASE_URL, 'file:PATH or postgres://...');

interface FirstFlags {
  readonly database: string;
  readonly username: string;
  readonly name: string;
  readonly json?: boolean;
}

function addFirst(staff: Command, shell: Shell): void {
  staff
    .command('first')
    .description('make the first or the second operator, on the server; prints a secret, once')
    .requiredOption('--database <url>', 'the accounts: file:PATH or postgres://...', databaseUrl)
    .requiredOption('--username <name>', 'what they sign in by', username)
    .requiredOption('--name <name>', 'who they are')
    .option(...JSON_FLAG)
    .action(async (flags: FirstFlags) => {
      const { clock, random } = shell;
      const deps = { url: flags.database, clock, random, log: SILENT };
      // Only here: better-auth takes longer to load than all other commands to run.
      const { makeFirstOperator } = await import('../accounts/first-operator.ts');
      try {
        const made = await makeFirstOperator(deps, flags);
        show(shell, flags.json, made, invitationText(flags.username, made));
      } catch (error) {
        if (!(error instanceof ProblemError)) throw new CommandError('The database does not open.');
        shell.tell(`greengate: ${[error.code, error.detail].filter(Boolean).join(': ')}`);
        shell.found();
      }
    });
}

const SILENT = { info: () => undefined, error: () => undefined };

function invitationText(user: string, made: { secret: string; until: number }): string {
  const at = new Date(made.until).toISOString();
  return `${user} sets a password with this secret, shown once, good until ${at}:\n${made.secret}`;
}
