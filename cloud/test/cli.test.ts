import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustListSchema } from '@greengate/contracts/code/trust';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import { EPOCH_MS_MAX, epochMs } from '@greengate/contracts/time';
import { expect, onTestFinished, test } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { keyFileSchema, keysOf } from '../src/keys.ts';
import { greengate } from './cli/run-greengate.ts';

function newKeys() {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'keys.json');
  const made = greengate(
    'keys',
    'init',
    '--out',
    file,
    '--region',
    '330100',
    '--environment',
    'demo',
  );
  expect(made.status).toBe(0);
  const keys = keysOf(keyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  const trust = trustListSchema.parse({
    version: 1,
    environment: 'demo',
    issuersAccepted: ['330100'],
    keys: [
      {
        keyId: keys.issuer.keyId,
        publicKey: keys.issuer.publicKey,
        purpose: 'issue',
        issuer: '330100',
        environment: 'demo',
        notBefore: 0,
        notAfter: EPOCH_MS_MAX,
      },
    ],
  });
  return { folder, file, keys, trust };
}

test('keys init writes a file for its owner alone, and never overwrites it', () => {
  const { file } = newKeys();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = greengate(
    'keys',
    'init',
    '--out',
    file,
    '--region',
    '330100',
    '--environment',
    'demo',
  );
  expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('never overwritten')]);
});

test('code mint prints codes that gates believe', () => {
  const { folder, file, trust } = newKeys();
  const holderKey = join(folder, 'phone.pem');
  const phone = greengate('code', 'mint', '--keys', file, '--holder-key', holderKey, '--json');
  const minted = JSON.parse(phone.stdout) as { text: string; sub: string };
  const verified = verifyCode(minted.text, trust, epochMs(Date.now()), nodeCrypto);
  expect(verified).toMatchObject({
    ok: true,
    value: { claims: { colour: 'green', kind: 'phone' } },
  });
  const sameSub = ['--sub', minted.sub, '--holder-key', holderKey];
  const again = greengate('code', 'mint', '--keys', file, ...sameSub, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ sub: minted.sub });
});

test('code show explains a code, and verifies it against a trust list', () => {
  const { folder, file, trust } = newKeys();
  const old = ['--kind', 'paper', '--colour', 'red', '--issued-minutes-ago', '90'];
  const paper = greengate('code', 'mint', '--keys', file, ...old, '--valid-minutes', '60');
  const text = paper.stdout.trim();
  const shown = greengate('code', 'show', text, '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    kind: 'paper',
    colour: 'red',
    issuer: '330100',
  });
  const trustFile = join(folder, 'trust.json');
  writeFileSync(trustFile, JSON.stringify(trust));
  const checked = greengate('code', 'show', text, '--trust', trustFile);
  expect([checked.status, checked.stdout]).toEqual([1, expect.stringContaining('code-expired')]);
  expect(greengate('code', 'show', 'HC2:X').stdout).toContain('code-prefix-unknown');
});

test('token new prints a token and the line that belongs to it', () => {
  const made = greengate('token', 'new', '--role', 'auditor', '--name', 'ada', '--json');
  const { token, line } = JSON.parse(made.stdout) as { token: string; line: { sha256: string } };
  expect(line).toMatchObject({ name: 'ada', role: 'auditor' });
  expect(createHash('sha256').update(token).digest('hex')).toBe(line.sha256);
  expect(greengate('token', 'new', '--role', 'king', '--name', 'x').status).toBe(2);
});

test('openapi prints the document', () => {
  const document = JSON.parse(greengate('openapi', '--json').stdout) as { paths: object };
  expect(Object.keys(document.paths)).toContain('/v1/passages');
});
