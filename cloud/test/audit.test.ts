import { isSignedBy, verifyChain } from '@greengate/contracts/audit/chain';
import { auditPageSchema, auditRootsSchema } from '@greengate/contracts/wire/audit';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { HEALTHY, newPerson, type RunningCloud, runCloud, START } from './running-cloud.ts';

const DAY = 86_400_000;

async function logOf({ call, tokens }: RunningCloud) {
  const page = await call(tokens.auditor, 'GET', '/v1/audit?limit=1000');
  return auditPageSchema.parse(await page.json()).entries;
}

test('whatever staff do or try is in the log before it is done, with what came of it', async () => {
  const running = await runCloud();
  const { call, tokens } = running;
  const person = newPerson();
  await call(tokens.registrar, 'POST', '/v1/holders', person);
  await call(tokens.registrar, 'POST', '/v1/areas', { areas: [] });
  await call(tokens.operator, 'POST', '/v1/lists/confirmed', { entries: 'none' });
  await call(tokens.operator, 'GET', `/v1/holders/${'0'.repeat(32)}/scores`);
  await call(tokens.operator, 'GET', '/v1/passages');
  const log = await logOf(running);
  expect(log.map(({ actor, action, detail }) => [actor, action, detail['status']])).toEqual([
    ['registrar/registrar', 'POST /v1/holders', undefined],
    ['registrar/registrar', 'POST /v1/holders', 200],
    ['registrar/registrar', 'POST /v1/areas', undefined],
    ['registrar/registrar', 'POST /v1/areas', 403],
    ['operator/operator', 'POST /v1/lists/{kind}', undefined],
    ['operator/operator', 'POST /v1/lists/{kind}', 400],
    ['operator/operator', 'GET /v1/holders/{holder}/scores', undefined],
    ['operator/operator', 'GET /v1/holders/{holder}/scores', 200],
  ]);
  expect(log[0]?.detail['body']).toMatch(/^[0-9a-f]{64}$/);
  expect([log[4]?.subject, log[6]?.subject]).toEqual(['confirmed', '0'.repeat(32)]);
  expect(JSON.stringify(log)).not.toContain(person.idNumber);
});

test('the log is one chain, whoever writes at once, and its daily root is signed', async () => {
  const running = await runCloud();
  const { call, tokens, cloud, clock, keys } = running;
  const token = await running.newHolder();
  await call(token, 'POST', '/v1/declarations', HEALTHY);
  await Promise.all(
    Array.from({ length: 20 }, () => call(tokens.registrar, 'POST', '/v1/holders', newPerson())),
  );
  await cloud.signAudit();
  await cloud.signAudit();
  await call(tokens.registrar, 'POST', '/v1/holders', newPerson());
  await cloud.signAudit();
  clock.set(START + DAY);
  await cloud.signAudit();
  const { roots } = auditRootsSchema.parse(
    await (await call(tokens.auditor, 'GET', '/v1/audit/roots')).json(),
  );
  expect(roots.map(({ at, seq }) => [at, seq])).toEqual([
    [START, 42],
    [START + DAY, 44],
  ]);
  const root = Buffer.from(keys.root.publicKey, 'hex');
  expect(roots.every((one) => isSignedBy(one, root, nodeCrypto))).toBe(true);
  const verifier = verifyChain(nodeCrypto.sha256, roots);
  for (const entry of await logOf(running)) expect(verifier.next(entry)).toBeUndefined();
  expect(verifier.end()).toBeUndefined();
});
