import { generateKeyPairSync } from 'node:crypto';
import { fromHex } from '@greengate/contracts/bytes';
import { COLOURS, type Colour } from '@greengate/contracts/code/colour';
import { trustListSchema } from '@greengate/contracts/code/trust';
import { type Command, Option } from 'commander';
import { explainCode, verifyAgainst } from '../codes/explain.ts';
import { mintDemoCode } from '../codes/mint-command.ts';
import { keyFileSchema, keysOf } from '../keys.ts';
import { count, JSON_FLAG, matching } from './options.ts';
import { type AddCommands, readJsonFile, type Shell, show } from './shell.ts';

interface MintOptions {
  readonly keys: string;
  readonly colour: Colour;
  readonly next: Colour;
  readonly kind: 'phone' | 'paper';
  readonly sub?: string;
  readonly validMinutes: number;
  readonly issuedMinutesAgo: number;
  readonly holderKey?: string;
  readonly json?: boolean;
}

/** `greengate code mint|show` */
export const addCodeCommands: AddCommands = (program, shell) => {
  const code = program.command('code').description('health codes');
  addMint(code, shell);
  addShow(code, shell);
};

function addMint(code: Command, shell: Shell): void {
  code
    .command('mint')
    .description('mint a code for a demonstration or a test, and print its text')
    .requiredOption('--keys <file>', 'the key file')
    .addOption(new Option('--colour <colour>', 'colour now').choices(COLOURS).default('green'))
    .addOption(new Option('--next <colour>', 'colour after').choices(COLOURS).default('yellow'))
    .addOption(
      new Option('--kind <kind>', 'how it is carried').choices(['phone', 'paper']).default('phone'),
    )
    .option('--sub <hex>', 'pseudonym, 16 bytes', matching(/^[0-9a-f]{32}$/, '32 hex digits'))
    .option('--valid-minutes <n>', 'life from its issue on', count, 24 * 60)
    .option('--issued-minutes-ago <n>', 'how long ago it was issued', count, 0)
    .option('--holder-key <file>', 'P-256 private key (PEM) of a phone; made when it is not there')
    .option(...JSON_FLAG)
    .action((options: MintOptions) => {
      const { colour, next: nextColour, kind, validMinutes, issuedMinutesAgo } = options;
      const sub = options.sub === undefined ? shell.random.bytes(16) : fromHex(options.sub);
      const { region, issuer } = keysOf(keyFileSchema.parse(readJsonFile(shell, options.keys)));
      const wish = { colour, nextColour, kind, sub, validMinutes, issuedMinutesAgo };
      const holderKey = kind === 'phone' ? holderKeyPem(shell, options.holderKey) : undefined;
      const minted = mintDemoCode(wish, region, issuer, holderKey, shell.clock.now());
      show(shell, options.json, minted, minted.text);
    });
}

function addShow(code: Command, shell: Shell): void {
  code
    .command('show')
    .description('explain what a code says')
    .argument('<text>', 'GC1:...')
    .option('--trust <file>', 'also verify it against a trust list (JSON)')
    .option(...JSON_FLAG)
    .action((text: string, { trust, json }: { trust?: string; json?: boolean }) => {
      const verified =
        trust === undefined
          ? {}
          : verifyAgainst(
              text,
              trustListSchema.parse(readJsonFile(shell, trust)),
              shell.clock.now(),
            );
      const result = { ...explainCode(text), ...verified };
      const lines = Object.entries(result).map(([name, value]) => `${name.padEnd(12)} ${value}`);
      show(shell, json, result, lines.join('\n'));
      if ('refusal' in result) shell.found();
    });
}

function holderKeyPem({ files }: Shell, file: string | undefined): string {
  if (file !== undefined && files.exists(file)) return files.read(file);
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  if (file !== undefined) files.writeNew(file, privateKey, true);
  return privateKey;
}
