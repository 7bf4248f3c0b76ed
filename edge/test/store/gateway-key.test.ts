import { createPublicKey, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGatewayKey, loadSealKey } from '../../src/store/gateway-key.ts';
import { crypto } from '../fixtures/codes.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

describe('T8: the gateway’s own key', () => {
  test('is made once, is the same at every start, and no two gateways share one', () => {
    const folder = join(tempFolder(), 'data');
    const first = loadGatewayKey(folder);
    const again = loadGatewayKey(folder);
    expect([again.publicKey, again.keyId]).toEqual([first.publicKey, first.keyId]);
    expect(loadGatewayKey(tempFolder()).publicKey).not.toBe(first.publicKey);
  });

  test('what is registered is the key that signs; its id is the hash of it', () => {
    const { privateKey, publicKey, keyId } = loadGatewayKey(tempFolder());
    const message = Buffer.from('a request');
    const signature = sign(null, message, privateKey);
    const raw = Buffer.from(publicKey, 'hex');
    expect(crypto.verifyEd25519(raw, message, signature)).toBe(true);
    expect(verify(null, message, createPublicKey(privateKey), signature)).toBe(true);
    expect(Buffer.from(crypto.sha256(raw)).toString('hex').slice(0, 16)).toBe(keyId);
  });

  test('only the service may read it, and nothing half written stays beside it', () => {
    const folder = join(tempFolder(), 'data');
    loadGatewayKey(folder);
    expect(statSync(join(folder, 'gateway.key')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['gateway.key']);
  });

  test('F2: what a power cut left of an unfinished key is no key', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'gateway.key.new'), '-----BEGIN PRIV');
    const key = loadGatewayKey(folder);
    expect(loadGatewayKey(folder).keyId).toBe(key.keyId);
  });

  test('F13: a spoilt one stops no gate: it is kept aside, and another one is made to be registered', () => {
    const folder = tempFolder();
    const before = loadGatewayKey(folder);
    writeFileSync(join(folder, 'gateway.key'), 'spoilt');
    const made = loadGatewayKey(folder);
    expect(made.keyId).not.toBe(before.keyId);
    expect(loadGatewayKey(folder).keyId).toBe(made.keyId);
    expect(readFileSync(join(folder, 'gateway.key.damaged'), 'utf8')).toBe('spoilt');
  });
});

describe('F13: the key that seals the replica', () => {
  test('is made once, lies beside the gateway’s key and is another one everywhere', () => {
    const folder = join(tempFolder(), 'data');
    const key = loadSealKey(folder);
    expect([key.length, loadSealKey(folder)]).toEqual([32, key]);
    expect(loadSealKey(tempFolder())).not.toEqual(key);
    expect(statSync(join(folder, 'replica.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['replica.key']);
  });

  test.for(['', 'f'.repeat(63), `${'x'.repeat(64)}\n`])(
    '%j is none: rows are never sealed with what anybody can guess',
    (text) => {
      const folder = tempFolder();
      writeFileSync(join(folder, 'replica.key'), text);
      const key = loadSealKey(folder);
      expect(loadSealKey(folder)).toEqual(key);
      expect(readFileSync(join(folder, 'replica.key.damaged'), 'utf8')).toBe(text);
    },
  );
});
