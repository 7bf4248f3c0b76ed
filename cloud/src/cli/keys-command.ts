import { regionIdSchema } from '@greengate/contracts/ids';
import { keysOf, newKeyFile } from '../keys.ts';
import { JSON_FLAG, matching } from './options.ts';
import { type AddCommands, CommandError, show } from './shell.ts';

interface InitOptions {
  readonly out: string;
  readonly region: string;
  readonly environment: string;
  readonly json?: boolean;
}

/** `greengate keys init` */
export const addKeysCommands: AddCommands = (program, shell) => {
  program
    .command('keys')
    .description('the keys of a region')
    .command('init')
    .description('make all keys of a new region; never overwrites')
    .requiredOption('--out <file>', 'where to write them, mode 0600')
    .requiredOption('--region <code>', 'six digits', matching(/^[0-9]{6}$/, 'six digits'))
    .requiredOption(
      '--environment <name>',
      'such as demo',
      matching(/^[a-z]{1,16}$/, 'a-z, 1 to 16'),
    )
    .option(...JSON_FLAG)
    .action(({ out, region, environment, json }: InitOptions) => {
      if (shell.files.exists(out))
        throw new CommandError(`${out} exists; keys are never overwritten.`);
      const file = newKeyFile(regionIdSchema.parse(region), environment, shell.random);
      shell.files.writeNew(out, `${JSON.stringify(file, null, 2)}\n`, true);
      const { root, issuer, replica } = keysOf(file);
      const result = { out, region, environment, rootKey: root.publicKey };
      const ids = { rootKeyId: root.keyId, issuerKeyId: issuer.keyId, replicaKeyId: replica.keyId };
      show(shell, json, { ...result, ...ids }, `Wrote ${out}. Root key: ${root.publicKey}`);
    });
};
