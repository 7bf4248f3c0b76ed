import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustList } from '@greengate/contracts/code/trust';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import type { Crypto } from '@greengate/contracts/crypto';
import { stepMs } from '@greengate/contracts/limits';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { afterAll, describe, expect, test } from 'vitest';
import { createIssuer, newPhoneKey } from '../src/demo/issuer.ts';
import { expectedOf } from '../src/oracle.ts';
import { type PhoneCrypto, showCode } from '../src/shown-code.ts';
import { createPeople } from '../src/world.ts';

const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const SPKI_P256_COMPRESSED = Buffer.from(
  '3039301306072a8648ce3d020106082a8648ce3d030107032200',
  'hex',
);

const crypto: Crypto & PhoneCrypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: (key, message, signature) => {
    const der = Buffer.concat([SPKI_ED25519, key]);
    return verify(
      null,
      message,
      createPublicKey({ key: der, format: 'der', type: 'spki' }),
      signature,
    );
  },
  verifyP256: (point, message, signature) => {
    const der = Buffer.concat([SPKI_P256_COMPRESSED, point]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  },
  signP256: (phoneKey, message) => {
    const der = Buffer.from(phoneKey, 'base64');
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  },
};

const folder = mkdtempSync(join(tmpdir(), 'greengate-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function newKeys() {
  const pairs = { issuer: generateKeyPairSync('ed25519'), replica: generateKeyPairSync('ed25519') };
  const pem = (name: keyof typeof pairs) =>
    pairs[name].privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const file = join(folder, 'keys.json');
  writeFileSync(
    file,
    JSON.stringify({ region: '330100', issuer: pem('issuer'), replica: pem('replica') }),
  );
  const trusted = (name: keyof typeof pairs, purpose: string) => {
    const raw = pairs[name].publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const keyId = createHash('sha256').update(raw).digest('hex').slice(0, 16);
    const publicKey = raw.toString('hex');
    const when = { notBefore: 0, notAfter: 4e12 };
    return { keyId, publicKey, purpose, issuer: '330100', environment: 'demo', ...when };
  };
  const keys = [trusted('issuer', 'issue'), trusted('replica', 'replica')];
  const trust = { version: 1, environment: 'demo', keys, issuersAccepted: ['330100'] };
  return { file, trust: trust as TrustList };
}

describe('codes as they are shown', () => {
  const now = epochMs(1_700_000_000_000);
  const { file, trust } = newKeys();
  const issuer = createIssuer(file);
  const stranger = newPhoneKey().privateKey;
  const people = createPeople(1, 60).filter(({ standing }) => standing === 'unknown');

  test.each(people.map((person) => [person.id, person] as const))(
    '%s is what the oracle says',
    (_, person) => {
      const passenger = issuer.mint(person, now);
      const text = showCode(passenger, now, 17, stranger, crypto);
      // At once, and when the gate decides just before or just after the step has turned.
      for (const late of [0, 1, 900, stepMs - 1, stepMs]) {
        const seen = verifyCode(text, trust, (now + late) as EpochMs, crypto);
        if (person.flaw === null) expect(seen.ok).toBe(true);
        else
          expect(seen.ok ? 'ok' : seen.refusal.code).toBe(
            expectedOf(person, { passback: false, measured: true }).reason,
          );
      }
    },
  );

  test('no two bad codes of one person look the same', () => {
    for (const flaw of ['forged', 'not-a-code', 'garbled'] as const) {
      const person = people.find((each) => each.flaw === flaw);
      if (!person) throw new Error(`nobody has the flaw ${flaw}`);
      const passenger = issuer.mint(person, now);
      const texts = [1, 2, 3].map((visit) => showCode(passenger, now, visit, stranger, crypto));
      expect(new Set(texts).size).toBe(3);
    }
  });

  test('every length of code can be cut so that the cut shows', () => {
    const person = people.find(({ flaw }) => flaw === 'truncated');
    if (!person) throw new Error('nobody shows a truncated code');
    for (let i = 0; i < 20; i++) {
      const text = showCode(issuer.mint(person, now), now, i, stranger, crypto);
      const seen = verifyCode(text, trust, now, crypto);
      expect(seen.ok ? 'ok' : seen.refusal.code).toBe('code-truncated');
    }
  });
});
