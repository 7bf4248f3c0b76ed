import { type Command, Option } from 'commander';
import { z } from 'zod';
import { staffListSchema, staffOutcomeSchema, USERNAME } from '../accounts/wire.ts';
import { DATABASE_URL, PLAIN_ROLES } from '../accounts-port.ts';
import { ProblemError } from '../problem.ts';
import { openApi, type ServerOptions, withServer } from './api-client.ts';
import { JSON_FLAG, matching } from './options.ts';
import { type AddCommands, CommandError, type Shell, show } from './shell.ts';

/** `greengate staff first|add|list|disable` */
export const addStaffCommands: AddCommands = (program, shell) => {
  const staff = program.command('staff').description('people who work with the cloud');
  addFirst(staff, shell);
  addAdd(staff, shell);
  addList(staff, shell);
  addDisable(staff, shell);
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

interface AddFlags extends ServerOptions {
  readonly role: string;
  readonly username: string;
  readonly name: string;
  readonly json?: boolean;
}

function addAdd(staff: Command, shell: Shell): void {
  withServer(staff.command('add'), true)
    .description(
      'put an attendant or a technician on the staff; others are made by two who sign in',
    )
    .addOption(new Option('--role <role>').choices(PLAIN_ROLES).makeOptionMandatory())
    .requiredOption('--username <name>', 'what they sign in by', username)
    .requiredOption('--name <name>', 'who they are')
    .option(...JSON_FLAG)
    .action(async (flags: AddFlags) => {
      const { role, username: user, name, json } = flags;
      const body = { username: user, name, role };
      const made = await openApi(shell, flags).post('/v1/staff', body, staffOutcomeSchema);
      const invitation = 'invitation' in made ? made.invitation : undefined;
      show(shell, json, made, invitation ? invitationText(user, invitation) : 'It waits.');
    });
}

interface ListFlags extends ServerOptions {
  readonly json?: boolean;
}

function addList(staff: Command, shell: Shell): void {
  withServer(staff.command('list'), true)
    .description('everybody on the staff')
    .option(...JSON_FLAG)
    .action(async (flags: ListFlags) => {
      const found = await openApi(shell, flags).get('/v1/staff', staffListSchema);
      const lines = found.staff.map((one) => {
        const state = one.disabled ? 'disabled' : one.secondFactor ? 'active' : 'not enrolled';
        const columns = [one.id, one.username.padEnd(24), one.role.padEnd(10), state.padEnd(12)];
        return [...columns, one.areas.join(',')].join('  ').trimEnd();
      });
      show(shell, flags.json, found, lines.join('\n'));
    });
}

function addDisable(staff: Command, shell: Shell): void {
  withServer(staff.command('disable'), true)
    .description('take all rights away, now; sessions end with their next request')
    .argument('<id>', 'as `staff list` shows it')
    .option(...JSON_FLAG)
    .action(async (id: string, flags: ListFlags) => {
      const path = `/v1/staff/${encodeURIComponent(id)}/disable`;
      const answer = z.strictObject({ disabled: z.literal(true) });
      const done = await openApi(shell, flags).post(path, {}, answer);
      show(shell, flags.json, done, `${id} is disabled.`);
    });
}

const SILENT = { info: () => undefined, error: () => undefined };

function invitationText(user: string, made: { secret: string; until: number }): string {
  const at = new Date(made.until).toISOString();
  return `${user} sets a password with this secret, shown once, good until ${at}:\n${made.secret}`;
}
