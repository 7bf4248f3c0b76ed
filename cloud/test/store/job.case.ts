import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { JobClaim, SliceWork } from '../../src/job-port.ts';
import type { Store } from '../../src/ports.ts';
import { always, declared, NOW, red, rule, type StoreUnderTest, status } from './fixtures.ts';

const LATER = epochMs(NOW + 1000);
const reddening = (): SliceWork => {
  let count = 0;
  return {
    decide: (evidence, held) => {
      count += 1;
      return red(evidence, held);
    },
    tally: () => ({ red: count }),
  };
};

/** Claims and works parts until none is left; answers how many holders each slice had. */
async function workAll(store: Store, owner: string, begin = reddening): Promise<number[]> {
  const slices: number[] = [];
  for (;;) {
    const claim = await store.claimPart(owner, NOW, LATER);
    if (!claim) return slices;
    let done = await store.workPart(claim, 2, begin, rule(1), NOW, LATER);
    for (
      ;
      done && !done.finished;
      done = await store.workPart(claim, 2, begin, rule(1), NOW, LATER)
    )
      slices.push(done.count);
    if (done) slices.push(done.count);
  }
}

export function jobSuite(open: () => Promise<StoreUnderTest>): void {
  const ids = ['00', '0a', '1', '10', '9f', 'a0', 'a1', 'a2', 'ff', 'h1'];

  describe('jobs', () => {
    test('reach everybody once, whatever process takes which part, and count them', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, ...ids);
      await declared(ningbo, 'a0');
      await hangzhou.addJob({ id: 'j', kind: 'rescore', input: { pack: 2 } }, NOW);
      expect(await hangzhou.job('j')).toMatchObject({ state: 'running', done: 0, total: 10 });
      expect(await ningbo.claimPart('p', NOW, LATER)).toBeUndefined();
      const slices = await Promise.all([workAll(hangzhou, 'p1'), workAll(hangzhou, 'p2')]);
      expect(slices.flat().reduce((a, b) => a + b)).toBe(10);
      expect(await hangzhou.job('j')).toMatchObject({
        state: 'finished',
        input: { pack: 2 },
        done: 10,
        tally: { red: 10 },
        finishedAt: NOW,
      });
      expect(await hangzhou.jobs(5)).toHaveLength(1);
      for (const id of ids) expect((await hangzhou.status(id))?.colour).toBe('red');
      expect((await ningbo.status('a0'))?.colour).toBe('green');
    });

    test('a part whose worker is silent is gone on with, and nothing is counted twice', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a0', 'a1', 'a2');
      await hangzhou.addJob({ id: 'j', kind: 'rescore', input: null }, NOW);
      const claims: JobClaim[] = [];
      for (let part = 0; part < 16; part++) {
        const claim = await hangzhou.claimPart('dead', NOW, LATER);
        if (claim) claims.push(claim);
      }
      expect(await hangzhou.claimPart('other', NOW, LATER)).toBeUndefined();
      const own = claims.find(({ part }) => part === 10);
      if (!own) throw new Error('part 10 holds a0 to b');
      const first = await hangzhou.workPart(own, 2, reddening, rule(1), NOW, LATER);
      expect(first).toMatchObject({ count: 2, finished: false });
      let after: JobClaim | undefined;
      while (after?.part !== 10)
        after = await hangzhou.claimPart('other', LATER, epochMs(LATER + 1));
      expect(await hangzhou.workPart(own, 2, reddening, rule(1), LATER, LATER)).toBeUndefined();
      const second = await hangzhou.workPart(after, 2, reddening, rule(1), LATER, LATER);
      expect(second).toMatchObject({ count: 1, finished: true });
      expect(await hangzhou.job('j')).toMatchObject({ done: 3, tally: { red: 3 } });
    });

    test('keep to a division, only look when they write nothing, and can be halted', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      const moved = { ...status('green'), division: '330200' as never };
      await hangzhou.rescore(['b'], always({ status: moved, changed: true, red: false }), rule(1));
      const job = { id: 'look', kind: 'impact', input: null, division: '330200' };
      await hangzhou.addJob(job, NOW);
      for (;;) {
        const claim = await hangzhou.claimPart('p', NOW, LATER);
        if (!claim) break;
        await hangzhou.workPart(claim, 9, reddening, undefined, NOW, LATER);
      }
      expect(await hangzhou.job('look')).toMatchObject({ state: 'finished', tally: { red: 1 } });
      expect((await hangzhou.status('b'))?.colour).toBe('green');
      await hangzhou.addJob({ id: 'stop', kind: 'rescore', input: null }, NOW);
      const claim = await hangzhou.claimPart('p', NOW, LATER);
      if (!claim) throw new Error('the job is open');
      expect(await hangzhou.haltJob('stop', NOW)).toBe(true);
      expect(await hangzhou.workPart(claim, 9, reddening, rule(1), NOW, LATER)).toBeUndefined();
      expect(await hangzhou.claimPart('p', NOW, LATER)).toBeUndefined();
      expect(await hangzhou.job('stop')).toMatchObject({ state: 'halted' });
      expect(await hangzhou.haltJob('look', NOW)).toBe(false);
    });
  });

  describe('leases', () => {
    test('one holds it, extends it and gives it back; past its time another may', async () => {
      const { hangzhou, ningbo } = await open();
      const take = (owner: string, now = NOW, store = hangzhou) =>
        store.takeLease('seal', owner, now, epochMs(now + 1000));
      expect(await Promise.all([take('a'), take('b')])).toEqual([true, false]);
      expect([await take('a'), await take('b', NOW, ningbo)]).toEqual([true, true]);
      expect(await take('b', LATER)).toBe(true);
      await hangzhou.dropLease('seal', 'a');
      expect(await take('a', LATER)).toBe(false);
      await hangzhou.dropLease('seal', 'b');
      expect(await take('a', LATER)).toBe(true);
    });
  });

  describe('scores', () => {
    test('each verdict that is news is kept, and read the newest first', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const at = (ms: number, inputs: string) =>
        hangzhou.rescore(
          ['a'],
          always({
            status: { ...status('red'), scoredAt: epochMs(NOW + ms) },
            changed: false,
            red: true,
            news: ms < 3,
            record: () => ({ inputs, verdictHash: 'cd' }),
          }),
          rule(-9),
        );
      await at(1, '{"n":1}');
      await at(2, '{"n":2}');
      await at(3, '{"n":3}');
      const read = (await hangzhou.scores('a', undefined, 9)).map((one) => one.inputs);
      expect(read).toEqual(['{"n":2}', '{"n":1}', '{}']);
      expect(await hangzhou.scores('a', epochMs(NOW + 2), 1)).toMatchObject([
        { inputs: '{"n":1}' },
      ]);
      expect(await hangzhou.score('a', undefined)).toMatchObject({
        colour: 'red',
        inputs: '{"n":2}',
      });
      expect(await hangzhou.score('a', NOW)).toMatchObject({ colour: 'green', verdictHash: 'cd' });
      expect(await hangzhou.score('a', epochMs(NOW + 3))).toBeUndefined();
    });
  });
}
