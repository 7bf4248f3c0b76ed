import { toHex } from '@greengate/contracts/bytes';
import { Option } from 'commander';
import { STAFF_ROLES } from '../route.ts';
import { newToken } from '../token.ts';
import { JSON_FLAG } from './options.ts';
import { type AddCommands, show } from './shell.ts';

/** `greengate token new` */
export const addTokenCommands: AddCommands = (program, shell) => {
  program
    .command('token')
    .description('bearer tokens of staff')
    .command('new')
    .description('make a token; shown once, so keep it')
    .addOption(new Option('--role <role>').choices(STAFF_ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'whose it is')
    .option(...JSON_FLAG)
    .action(({ role, name, json }: { role: string; name: string; json?: boolean }) => {
      const { token, sha256 } = newToken(shell.random);
      const line = { name, role, sha256: toHex(sha256) };
      const text = `Token, shown once: ${token}\nLine for the tokens file:\n${JSON.stringify(line)}`;
      show(shell, json, { token, line }, text);
    });
};
