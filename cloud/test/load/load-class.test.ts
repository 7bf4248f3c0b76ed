import { expect, test } from 'vitest';
import { loadOf } from '../../src/load/load-class.ts';

test.each([
  ['GET', '/healthz', false, 'vital'],
  ['GET', '/metrics', false, 'vital'],
  ['GET', '/v1/replica/manifest/red', true, 'vital'],
  ['GET', '/v1/replica/segment/region%2F330100/ab', true, 'vital'],
  ['GET', '/v1/replica/bucket/red/1/7/255', true, 'vital'],
  ['GET', '/v1/replica/digests/red/1/7', true, 'other'],
  ['POST', '/v1/passages', true, 'vital'],
  ['GET', '/v1/replica/manifest/red', false, 'other'],
  ['GET', '/v1/passages?limit=5', false, 'other'],
  ['POST', '/v1/declarations', false, 'write'],
  ['POST', '/v1/declarations', true, 'write'],
  ['PUT', '/v1/policy', false, 'write'],
  ['GET', '/v1/status', false, 'read'],
  ['GET', '/v1/status?x=1', false, 'read'],
  ['GET', '/openapi.json', false, 'other'],
  ['GET', '/v1/replica/../status', true, 'other'],
  ['GET', '/v1/replica/%2E%2e/status', true, 'other'],
  ['GET', '', false, 'other'],
] as const)('%s %s, signed %s: %s', (method, url, signed, kind) => {
  expect(loadOf(method, url, () => signed)).toEqual({ kind, held: false });
});

test('a held tail and a live line take no place', () => {
  for (const url of ['/v1/replica/tail/red/1/0?wait=25', '/v1/replica/live?at=red.1.0']) {
    expect(loadOf('GET', url, () => true)).toEqual({ kind: 'vital', held: true });
    expect(
      loadOf(
        'GET',
        '/v1/replica/tail/red/1/0',
        () => false,
        () => true,
      ).held,
    ).toBe(true);
    expect(loadOf('GET', url, () => false)).toEqual({ kind: 'other', held: false });
  }
});
