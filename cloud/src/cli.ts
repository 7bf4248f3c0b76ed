import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { COLOURS } from '@greengate/contracts/code/colour';
import { trustListSchema } from '@greengate/contracts/code/trust';
import { regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { Command, InvalidArgumentError, Option } from 'commander';
import { apiDocument } from './api-document.ts';
import { explainCode, verifyAgainst } from './codes/explain.ts';
import { mintDemoCode } from './codes/mint-command.ts';
import { keyFileSchema, keysOf, newKeyFile } from './keys.ts';
import { STAFF_ROLES } from './route.ts';
import { newToken } from './token.ts';

const random = { bytes: (count: number) => randomBytes(count) };
const JSON_FLAG = ['--json', 'print JSON instead of text'] as const;

/** Prints a result for a program, or for a person. */
function print(asJson: boolean | undefined, result: object, text: string): void {
  console.log(asJson ? JSON.stringify(result) : text);
}

function readKeys(file: string) {
  return keysOf(keyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
}

function count(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

function matching(pattern: RegExp, what: string) {
  return (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(what);
    return text;
  };
}

const program = new Command('greengate')
  .description('Keys, tokens and codes of a Greengate cloud.')
  .showHelpAfterError();

program
  .command('keys')
  .description('the keys of a region')
  .command('init')
  .description('make all keys of a new region; never overwrites')
  .requiredOption('--out <file>', 'where to write them, mode 0600')
  .requiredOption('--region <code>', 'six digits', matching(/^[0-9]{6}$/, 'six digits'))
  .requiredOption('--environment <name>', 'such as demo', matching(/^[a-z]{1,16}$/, 'a-z, 1 to 16'))
  .option(...JSON_FLAG)
  .action(({ out, region, environment, json }) => {
    if (existsSync(out)) program.error(`${out} exists; keys are never overwritten.`);
    const file = newKeyFile(regionIdSchema.parse(region), environment, random);
    writeFileSync(out, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    const { root, issuer, replica } = keysOf(file);
    const result = { out, region, environment, rootKey: root.publicKey };
    const ids = { rootKeyId: root.keyId, issuerKeyId: issuer.keyId, replicaKeyId: replica.keyId };
    print(json, { ...result, ...ids }, `Wrote ${out}. Root key: ${root.publicKey}`);
  });

const code = program.command('code').description('health codes');

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
  .action((options) => {
    const { keys, colour, next: nextColour, kind, validMinutes, issuedMinutesAgo } = options;
    const sub = Buffer.from(options.sub ?? randomBytes(16).toString('hex'), 'hex');
    const now = epochMs(Date.now());
    const { region, issuer } = readKeys(keys);
    const wish = { colour, nextColour, kind, sub, validMinutes, issuedMinutesAgo };
    const holderKey = kind === 'phone' ? holderKeyPem(options.holderKey) : undefined;
    const minted = mintDemoCode(wish, region, issuer, holderKey, now);
    print(options.json, minted, minted.text);
  });

code
  .command('show')
  .description('explain what a code says')
  .argument('<text>', 'GC1:...')
  .option('--trust <file>', 'also verify it against a trust list (JSON)')
  .option(...JSON_FLAG)
  .action((text, { trust, json }) => {
    const explained = explainCode(text);
    const verified =
      trust === undefined
        ? {}
        : verifyAgainst(
            text,
            trustListSchema.parse(JSON.parse(readFileSync(trust, 'utf8'))),
            epochMs(Date.now()),
          );
    const result = { ...explained, ...verified };
    const lines = Object.entries(result).map(([name, value]) => `${name.padEnd(12)} ${value}`);
    print(json, result, lines.join('\n'));
    if ('refusal' in result) process.exitCode = 1;
  });

program
  .command('token')
  .description('bearer tokens of staff')
  .command('new')
  .description('make a token; shown once, so keep it')
  .addOption(new Option('--role <role>').choices(STAFF_ROLES).makeOptionMandatory())
  .requiredOption('--name <name>', 'whose it is')
  .option(...JSON_FLAG)
  .action(({ role, name, json }) => {
    const { token, sha256 } = newToken(random);
    const line = { name, role, sha256: Buffer.from(sha256).toString('hex') };
    const text = `Token, shown once: ${token}\nLine for the tokens file:\n${JSON.stringify(line)}`;
    print(json, { token, line }, text);
  });

program
  .command('openapi')
  .description('print the OpenAPI document of the cloud')
  .option(...JSON_FLAG)
  .action(({ json }) => {
    const document = apiDocument(random);
    print(json, document, JSON.stringify(document, null, 2));
  });

function holderKeyPem(file: string | undefined): string {
  if (file !== undefined && existsSync(file)) return readFileSync(file, 'utf8');
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  if (file !== undefined) writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
  return privateKey;
}

await program.parseAsync();
