import { sha256HexSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { NewPack, PackRef } from '../../src/pack-port.ts';
import type { Store } from '../../src/ports.ts';
import type { StoreUnderTest } from './fixtures.ts';

const NOW = epochMs(1_646_092_800_000);
const HASH = sha256HexSchema.parse('ab'.repeat(32));

const IMPACT = { job: 'job-1', hash: HASH };

const pack = (id: string, version: number, changes: Partial<NewPack> = {}): NewPack => ({
  ...{ id, version, scope: 'city', body: `{"id":"${id}"}`, hash: HASH, proposedBy: 'alice' },
  within: undefined,
  ...changes,
});

const FIRST = {
  city: pack('city', 1, { proposedBy: 'release' }),
  province: pack('lines', 1, { proposedBy: 'release', scope: 'province' }),
};
const bodyOf = (number: number) => `{"edition":${number}}`;

const installed = async (store: Store) => store.installPacks(FIRST, bodyOf, 'installation', NOW);

async function approved(store: Store, version: number): Promise<PackRef> {
  const one = pack('city', version);
  expect(await store.proposePack(one, NOW)).toBe(true);
  expect(await store.approvePack(one, 'bob', IMPACT, NOW)).toBe(true);
  return { id: one.id, version };
}

const start = (store: Store, seen: number, of: PackRef, base = 1) =>
  store.changeForce(
    seen,
    {
      ...{ change: 'started', pack: of, by: 'bob', base, share: 3 },
      next: { city: of, province: { id: 'lines', version: 1 }, bodyOf },
    },
    NOW,
  );

const complete = (store: Store, seen: number, of: PackRef, base: number) =>
  store.changeForce(
    seen,
    { change: 'completed', pack: of, by: 'bob', base, next: undefined, share: 0 },
    NOW,
  );

const isForce = (result: unknown) => typeof result === 'object';

const stateOf = async (store: Store, of: PackRef) => (await store.pack(of))?.state;

/** What every store must do with rule packs. */
export function packSuite(open: () => Promise<StoreUnderTest>): void {
  describe('packs', () => {
    test('a region begins with one edition, whoever installs it', async () => {
      const { hangzhou, ningbo } = await open();
      await Promise.all([installed(hangzhou), installed(hangzhou), installed(hangzhou)]);
      await installed(hangzhou);
      expect(await hangzhou.force()).toEqual({ seq: 1, base: 1, next: undefined, share: 0 });
      expect(await hangzhou.edition(1)).toEqual({
        ...{ number: 1, body: '{"edition":1}' },
        ...{ city: { id: 'city', version: 1 }, province: { id: 'lines', version: 1 } },
      });
      expect(await hangzhou.activePack('province')).toMatchObject({
        ...{ id: 'lines', state: 'active', approvedBy: 'installation', within: undefined },
      });
      expect(await hangzhou.forceSteps(9)).toMatchObject([{ change: 'installed', seq: 1 }]);
      expect(await ningbo.force()).toBeUndefined();
      expect(await ningbo.edition(1)).toBeUndefined();
    });

    test('versions of a pack only grow', async () => {
      const { hangzhou, ningbo } = await open();
      expect(await hangzhou.proposePack(pack('city', 2), NOW)).toBe(true);
      expect(await hangzhou.proposePack(pack('city', 2), NOW)).toBe(false);
      expect(await hangzhou.proposePack(pack('city', 1), NOW)).toBe(false);
      expect(await hangzhou.proposePack(pack('city', 9, { scope: 'province' }), NOW)).toBe(false);
      expect(await ningbo.proposePack(pack('city', 1), NOW)).toBe(true);
      const within = { id: 'lines', version: 1 };
      expect(await hangzhou.proposePack(pack('city', 5, { within }), NOW)).toBe(true);
      expect((await hangzhou.packs(9)).map((one) => [one.version, one.within])).toEqual([
        [5, within],
        [2, undefined],
      ]);
      expect(await hangzhou.packs(1)).toHaveLength(1);
    });

    test('approves what is proposed, once, and never by who proposed it', async () => {
      const { hangzhou, ningbo } = await open();
      await hangzhou.proposePack(pack('city', 1), NOW);
      const ref = { id: 'city', version: 1 };
      await expect(hangzhou.approvePack(ref, 'alice', IMPACT, NOW)).rejects.toThrow();
      expect(await stateOf(hangzhou, ref)).toBe('proposed');
      expect(await ningbo.approvePack(ref, 'bob', IMPACT, NOW)).toBe(false);
      expect(await hangzhou.approvePack(ref, 'bob', IMPACT, NOW)).toBe(true);
      expect(await hangzhou.approvePack(ref, 'carol', IMPACT, NOW)).toBe(false);
      expect(await hangzhou.pack(ref)).toMatchObject({
        ...{ approvedBy: 'bob', approvedAt: NOW, impact: IMPACT },
      });
      expect(await hangzhou.rejectPack(ref)).toBe(true);
      expect(await hangzhou.rejectPack(ref)).toBe(false);
      expect(await hangzhou.approvePack(ref, 'bob', IMPACT, NOW)).toBe(false);
      expect(await stateOf(hangzhou, ref)).toBe('rejected');
    });

    test('what waits is approved anew by another report, and nothing else is', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      const two = await approved(hangzhou, 2);
      const other = { job: 'job-2', hash: sha256HexSchema.parse('cd'.repeat(32)) };
      const later = epochMs(NOW + 1);
      expect(await hangzhou.approvePack(two, 'carol', IMPACT, later)).toBe(false);
      await expect(hangzhou.approvePack(two, 'alice', other, later)).rejects.toThrow();
      expect(await hangzhou.approvePack(two, 'carol', other, later)).toBe(true);
      expect(await hangzhou.pack(two)).toMatchObject({
        ...{ state: 'approved', approvedBy: 'carol', approvedAt: later, impact: other },
      });
      await start(hangzhou, 1, two);
      expect(await hangzhou.approvePack(two, 'bob', IMPACT, later)).toBe(false);
      await complete(hangzhou, 2, two, 2);
      expect(await hangzhou.approvePack(two, 'bob', IMPACT, later)).toBe(false);
      expect(await hangzhou.pack(two)).toMatchObject({ approvedBy: 'carol', impact: other });
    });

    test('what is on its way is not rejected, nor what it is joined with', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      const two = await approved(hangzhou, 2);
      const lines = pack('lines', 2, { scope: 'province' });
      await hangzhou.proposePack(lines, NOW);
      const province = { id: 'lines', version: 2 };
      const both = {
        ...{ change: 'started' as const, pack: two, by: 'bob', base: 1, share: 3 },
        next: { city: two, province, bodyOf },
      };
      expect(await hangzhou.changeForce(1, both, NOW)).toBeUndefined();
      await hangzhou.approvePack(lines, 'bob', IMPACT, NOW);
      expect(await hangzhou.changeForce(1, both, NOW)).toMatchObject({ seq: 2, next: 2 });
      expect(await hangzhou.rejectPack(two)).toBe(false);
      expect(await hangzhou.rejectPack(province)).toBe(false);
      expect([await stateOf(hangzhou, two), await stateOf(hangzhou, province)]).toEqual([
        ...['approved', 'approved'],
      ]);
      const halted = { change: 'halted', pack: two, by: 'x', base: 1, share: 0 } as const;
      await hangzhou.changeForce(2, { ...halted, next: undefined }, NOW);
      expect(await hangzhou.rejectPack(two)).toBe(true);
      expect(await hangzhou.changeForce(3, both, NOW)).toBeUndefined();
      expect(await hangzhou.force()).toMatchObject({ seq: 3, next: undefined });
    });

    test('of a start and a rejection at once, one happens', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      let seq = 1;
      for (let version = 2; version < 32; version++) {
        const one = await approved(hangzhou, version);
        const both = [() => start(hangzhou, seq, one), () => hangzhou.rejectPack(one)];
        if (version % 2 === 0) both.reverse();
        const results = await Promise.all(both.map((act) => act()));
        const [rejected, started] = [results.includes(true), results.some(isForce)];
        expect([rejected, started].filter(Boolean)).toHaveLength(1);
        expect(await stateOf(hangzhou, one)).toBe(rejected ? 'rejected' : 'approved');
        if (!started) continue;
        const halted = { change: 'halted', pack: one, by: 'x', base: 1, share: 0 } as const;
        await hangzhou.changeForce(seq + 1, { ...halted, next: undefined }, NOW);
        seq += 2;
      }
    });

    test('a rollout widens, completes, and changes which packs are active', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      const two = await approved(hangzhou, 2);
      expect(await start(hangzhou, 1, two)).toEqual({ seq: 2, base: 1, next: 2, share: 3 });
      expect(await stateOf(hangzhou, two)).toBe('approved');
      const widened = { change: 'widened', pack: two, by: 'bob', base: 1, next: 2 } as const;
      expect(await hangzhou.changeForce(2, { ...widened, share: 256 }, NOW)).toMatchObject({
        share: 256,
      });
      expect(await complete(hangzhou, 3, two, 2)).toEqual({
        ...{ seq: 4, base: 2, next: undefined, share: 0 },
      });
      expect(await stateOf(hangzhou, two)).toBe('active');
      expect(await stateOf(hangzhou, FIRST.city)).toBe('retired');
      expect(await stateOf(hangzhou, FIRST.province)).toBe('active');
      const back = { change: 'rolled-back', pack: two, by: 'bob', base: 1, share: 0 } as const;
      await hangzhou.changeForce(4, { ...back, next: undefined }, NOW);
      expect(await stateOf(hangzhou, two)).toBe('retired');
      expect(await stateOf(hangzhou, FIRST.city)).toBe('active');
      expect((await hangzhou.forceSteps(3)).map((step) => step.change)).toEqual([
        'rolled-back',
        'completed',
        'widened',
      ]);
    });

    test('of two who change what is in force at once, one is told no', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      const two = await approved(hangzhou, 2);
      const three = await approved(hangzhou, 3);
      const results = await Promise.all([start(hangzhou, 1, two), start(hangzhou, 1, three)]);
      expect(results.filter((one) => one === undefined)).toHaveLength(1);
      expect((await hangzhou.force())?.seq).toBe(2);
      expect(await hangzhou.edition(3)).toBeUndefined();
    });

    test('nothing comes into force that only one person knows of', async () => {
      const { hangzhou } = await open();
      await installed(hangzhou);
      await hangzhou.proposePack(pack('city', 2), NOW);
      expect(await start(hangzhou, 1, { id: 'city', version: 2 })).toBeUndefined();
      await hangzhou.rejectPack({ id: 'city', version: 2 });
      expect(await start(hangzhou, 1, { id: 'city', version: 2 })).toBeUndefined();
      expect(await start(hangzhou, 1, { id: 'city', version: 7 })).toBeUndefined();
      await expect(complete(hangzhou, 1, FIRST.city, 7)).rejects.toThrow();
      expect(await hangzhou.force()).toMatchObject({ seq: 1 });
    });
  });
}
