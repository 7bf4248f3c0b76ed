import { epochMs } from '@greengate/contracts/time';
import { expect, test } from 'vitest';
import { bytes, NOW, type StoreUnderTest } from './fixtures.ts';

export function idempotencySuite(open: () => Promise<StoreUnderTest>): void {
  const request = { caller: 'holder/a', key: 'key', hash: bytes('request') };
  const DAY = 86_400_000;

  test('an idempotency key is claimed once, answered once, and forgotten in time', async () => {
    const { hangzhou, ningbo } = await open();
    const claim = (one = request, at: number = NOW) =>
      hangzhou.claimKey(one, epochMs(at), epochMs(at - 1000), epochMs(at + DAY));
    const kinds = (await Promise.all([claim(), claim(), claim()])).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['new', 'under-way', 'under-way']);
    expect((await ningbo.claimKey(request, NOW, NOW, NOW)).kind).toBe('new');
    expect((await claim({ ...request, caller: 'holder/b' })).kind).toBe('new');
    expect((await claim({ ...request, hash: bytes('other') })).kind).toBe('other');
    expect((await claim(request, NOW + 1001)).kind).toBe('new');
    await hangzhou.releaseKey(request, NOW);
    await hangzhou.answerKey(request, NOW, 500, bytes('late'));
    expect((await claim(request, NOW + 1002)).kind).toBe('under-way');
    await hangzhou.answerKey(request, epochMs(NOW + 1001), 200, bytes('answer'));
    expect(await claim(request, NOW + 5000)).toMatchObject({ kind: 'answered', status: 200 });
    await hangzhou.releaseKey(request, epochMs(NOW + 1001));
    expect((await claim(request, NOW + 5000)).kind).toBe('answered');
    expect((await claim(request, NOW + 2 * DAY)).kind).toBe('new');
    await hangzhou.releaseKey(request, epochMs(NOW + 2 * DAY));
    expect((await claim(request, NOW + 2 * DAY)).kind).toBe('new');
  });
}
