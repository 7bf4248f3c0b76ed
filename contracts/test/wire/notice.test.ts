import { describe, expect, test } from 'vitest';
import { noticeMessageSchema, noticeTargetSchema } from '../../src/wire/notice.ts';

const message = {
  notice: '00112233445566778899aabbccddeeff',
  to: 'community',
  region: '330100',
  division: '330106001002',
  holder: null,
  at: 1_646_092_800_000,
  tells: {
    ...{ about: 'red', colour: 'red', nextColour: 'yellow', validUntil: 1_646_179_200_000 },
    ...{ pack: { id: 'zhejiang', version: 1 }, reasons: [{ rule: 'a', reason: 'b' }] },
  },
};

const target = {
  target: 'gulou-1',
  scope: { to: 'disease-control', division: '330000' },
  delivery: { channel: 'webhook', url: 'https://office.example:8443/hook?token=a' },
};

describe('a notice', () => {
  test('is read as it is written', () => {
    expect(noticeMessageSchema.parse(message)).toEqual(message);
    const fever = { about: 'fever', gateway: 'gw-1', lane: 'lane-a' };
    expect(noticeMessageSchema.safeParse({ ...message, tells: fever }).success).toBe(true);
  });

  test.each<readonly [string, object]>([
    ['a name beside it', { name: 'somebody' }],
    ['a name inside', { tells: { ...message.tells, name: 'somebody' } }],
    ['a holder by number', { holder: '33010019991231777X' }],
    ['a yellow', { tells: { ...message.tells, colour: 'yellow' } }],
    ['a notice to its holder', { to: 'holder' }],
  ])('has no place for %s', (_name, change) => {
    expect(noticeMessageSchema.safeParse({ ...message, ...change }).success).toBe(false);
  });
});

describe('a target', () => {
  test('is a webhook or a mail address, of a division or a unit', () => {
    for (const one of [
      target,
      { ...target, scope: { to: 'unit', unit: 'factory-7' } },
      { ...target, scope: { to: 'community', division: '330106001002' } },
      { ...target, delivery: { channel: 'mail', mail: 'office@example.org' } },
    ]) {
      expect(noticeTargetSchema.parse(one)).toEqual(one);
    }
  });

  test.each([
    'file:///etc/passwd',
    'https://user:pass@example.org',
    'https:user:pass@example.org',
    'https:\\\\user@example.org',
    'https://example.org\\@other.example',
    'https://example.org/#part',
    'https://example.org/ a',
    'https://',
    'example.org',
  ])('does not take the URL %j', (url) => {
    const delivery = { channel: 'webhook', url };
    expect(noticeTargetSchema.safeParse({ ...target, delivery }).success).toBe(false);
  });
});
