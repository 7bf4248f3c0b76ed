import { readFileSync } from 'node:fs';
import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { expect, test } from 'vitest';
import { identityVault } from '../src/identity.ts';
import { batchBytes, events } from './events.ts';
import { replicaClient } from './replica-client.ts';
import { HEALTHY, REGION, random, runCloud } from './running-cloud.ts';

const CANARY = { name: '金丝雀-Canary', idNumber: '33010019991231777X', phone: '+8613912345678' };

test('P27 a name, an identity number and a phone are found in no log, metric, segment or file', async () => {
  const running = await runCloud();
  const { call, tokens } = running;
  const key = await running.enrol();
  const holder = await running.newHolder(CANARY);
  const { idNumber } = CANARY;
  const entries = [{ idNumber, since: '2022-02-28' }];
  await call(holder, 'POST', '/v1/declarations', HEALTHY);
  await call(tokens.operator, 'POST', '/v1/lists/close-contact', { entries });
  await call(holder, 'GET', '/v1/status');
  await running.signed(key, 'POST', '/v1/passages', batchBytes(1, 1, events(1, 2)));
  // Refusals and bugs must not quote what they refuse.
  const answers = [
    await call(tokens.registrar, 'POST', '/v1/holders', CANARY),
    await call(tokens.registrar, 'POST', '/v1/holders', { ...CANARY, [idNumber]: CANARY.name }),
    await call(holder, 'POST', '/v1/declarations', { ...HEALTHY, division: idNumber }),
    await call(tokens.operator, 'GET', `/v1/passages?gateway=${CANARY.name}`),
    await call(tokens.operator, 'GET', `/v1/${idNumber}`),
  ];
  const broken = Object.assign(running.store, {
    addHolder: () => Promise.reject(new Error(`Failed query: params: ${JSON.stringify(CANARY)}`)),
  });
  expect(broken).toBe(running.store);
  const bug = await call(tokens.registrar, 'POST', '/v1/holders', CANARY);
  expect(bug.status).toBe(500);
  expect(await bug.clone().json()).toMatchObject({ code: 'internal' });
  expect(running.log.join('')).toContain('a request failed');

  await running.cloud.replicator.sealDue();
  const client = replicaClient(running, key);
  const read: Buffer[] = [Buffer.from(running.log.join(''))];
  for (const answer of [...answers, bug, await call(tokens.metrics, 'GET', '/metrics')]) {
    read.push(Buffer.from(await answer.arrayBuffer()));
  }
  for (const stream of [regionStream(REGION), RED]) {
    const { segments } = await client.manifest(stream);
    expect(segments.length).toBeGreaterThan(0);
    for (const { hash } of segments) {
      const answer = await client.segmentResponse(stream, hash);
      read.push(Buffer.from(await answer.arrayBuffer()));
    }
  }
  for (const suffix of ['', '-wal']) read.push(readFileSync(running.file + suffix));
  for (const bytes of read) {
    for (const secret of Object.values(CANARY)) expect(bytes.includes(secret)).toBe(false);
  }
});

test('a sealed person opens again with the same key, and with no other', () => {
  const vault = identityVault(random.bytes(32), random);
  expect(vault.open(vault.seal(CANARY))).toEqual(CANARY);
  const other = identityVault(random.bytes(32), random);
  expect(() => other.open(vault.seal(CANARY))).toThrow();
  expect(vault.idHash(CANARY.idNumber)).not.toEqual(other.idHash(CANARY.idNumber));
});
