import { gatewayEnrolledSchema } from '@greengate/contracts/wire/enrolment';
import { expect, test } from 'vitest';
import { newGatewayKey } from './gateway-client.ts';
import { codeOf, runCloud } from './running-cloud.ts';

test('a registration binds one key to one gateway; the same one again is fine', async () => {
  const { call, tokens, keys } = await runCloud();
  const { publicKey, keyId } = newGatewayKey();
  const body = { gateway: 'gate-1', station: 'east', publicKey };
  const register = (other: object = {}) =>
    call(tokens.operator, 'POST', '/v1/gateways', { ...body, ...other });
  const answer = gatewayEnrolledSchema.parse(await (await register()).json());
  expect(answer).toEqual({
    gateway: 'gate-1',
    keyId,
    rootKey: keys.root.publicKey,
    streams: ['control', 'red', 'region/330100'],
  });
  expect((await register()).status).toBe(200);
  for (const other of [
    { publicKey: newGatewayKey().publicKey },
    { gateway: 'gate-2' },
    { station: 'west' },
  ]) {
    const refused = await register(other);
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'already-exists']);
  }
});

test('a revoked gateway cannot be registered again, and an unknown one not be revoked', async () => {
  const { call, tokens } = await runCloud();
  const body = { gateway: 'gate-1', station: 'east', publicKey: newGatewayKey().publicKey };
  await call(tokens.operator, 'POST', '/v1/gateways', body);
  for (let i = 0; i < 2; i++) {
    const revoked = await call(tokens.operator, 'DELETE', '/v1/gateways/gate-1');
    expect(await revoked.json()).toEqual({ revoked: true });
  }
  expect((await call(tokens.operator, 'POST', '/v1/gateways', body)).status).toBe(409);
  for (const id of ['gate-9', 'NOT-AN-ID', '..%2F..']) {
    const unknown = await call(tokens.operator, 'DELETE', `/v1/gateways/${id}`);
    expect([unknown.status, await codeOf(unknown)]).toEqual([404, 'not-found']);
  }
});
