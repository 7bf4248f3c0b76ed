import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAdmission } from '../../src/load/admission.ts';
import {
  inProgressCountMax,
  inProgressCountMin,
  vitalReserveCount,
} from '../../src/load/limits.ts';
import { LOAD_CLASSES, type LoadClass } from '../../src/load/load-class.ts';

const step = fc.oneof(
  fc.record({ do: fc.constant('admit' as const), kind: fc.constantFrom(...LOAD_CLASSES) }),
  fc.record({ do: fc.constant('flood' as const), kind: fc.constantFrom(...LOAD_CLASSES) }),
  fc.record({ do: fc.constant('finish' as const), count: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 500 }) }),
  fc.constant({ do: 'turn' as const }),
);

test('there are never more in progress than the limits and the reserve of gateways', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const admission = makeAdmission();
      let now = 0;
      const running: LoadClass[] = [];
      const admit = (kind: LoadClass) => {
        if (!admission.admit(kind, now)) return;
        running.push(kind);
        const same = running.filter((one) => one === kind).length;
        if (kind === 'vital' && same <= vitalReserveCount) return;
        expect(running.length).toBeLessThanOrEqual(inProgressCountMax);
        if (kind !== 'vital') expect(same).toBeLessThanOrEqual(admission.state.limit);
      };
      for (const one of steps) {
        if (one.do === 'admit') admit(one.kind);
        else if (one.do === 'flood') for (let at = 0; at < 400; at++) admit(one.kind);
        else if (one.do === 'wait') now += one.ms;
        else if (one.do === 'turn') admission.turnEnded(now);
        else {
          for (const kind of running.splice(0, one.count)) admission.finished(kind, now);
        }
        expect(admission.state.inProgress).toBe(running.length);
        expect(running.length).toBeLessThanOrEqual(inProgressCountMax + vitalReserveCount);
        expect(admission.state.limit).toBeGreaterThanOrEqual(inProgressCountMin);
        expect(admission.state.limit).toBeLessThanOrEqual(inProgressCountMax);
      }
    }),
  );
});

test('P38 a gateway is never shed while anybody else is let in', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const admission = makeAdmission();
      const running: LoadClass[] = [];
      let now = 0;
      const admit = (kind: LoadClass) => {
        const isIn = admission.admit(kind, now);
        if (isIn) running.push(kind);
        return isIn;
      };
      for (const one of steps) {
        if (one.do === 'wait') now += one.ms;
        else if (one.do === 'turn') admission.turnEnded(now);
        else if (one.do === 'flood') for (let at = 0; at < 400; at++) admit(one.kind);
        else if (one.do === 'finish') {
          for (const kind of running.splice(0, one.count)) admission.finished(kind, now);
        } else if (!admit('vital')) {
          for (const kind of LOAD_CLASSES) expect(admit(kind)).toBe(false);
        }
      }
    }),
  );
});

/** One event loop in virtual time: each turn handles all that came in during the last, and puts its writes off to its end. */
function eventLoop(costMs: Readonly<Record<LoadClass, number>>, refusalMs: number) {
  const admission = makeAdmission();
  let now = 0;
  let waiting: { kind: LoadClass; at: number }[] = [];
  const answered: { kind: LoadClass; at: number; ms: number; ok: boolean }[] = [];
  const turn = () => {
    const batch = waiting;
    waiting = [];
    const commit: { kind: LoadClass; at: number }[] = [];
    for (const one of batch) {
      const ok = admission.admit(one.kind, now);
      if (ok && one.kind === 'write') {
        commit.push(one);
        continue;
      }
      now += ok ? costMs[one.kind] : refusalMs;
      if (ok) admission.finished(one.kind, now);
      answered.push({ ...one, ms: now - one.at, ok });
    }
    now += commit.length * costMs.write;
    for (const one of commit) {
      admission.finished('write', now);
      answered.push({ ...one, ms: now - one.at, ok: true });
    }
    admission.turnEnded(now);
  };
  return {
    admission,
    answered,
    /** Offers `perMs` requests a millisecond, of the kinds in turn, until `until`. */
    offer(kinds: readonly LoadClass[], perMs: number, until: number) {
      let next = now;
      let count = 0;
      while (now < until) {
        for (; next <= now; next += 1 / perMs) {
          waiting.push({ kind: kinds[count++ % kinds.length] ?? 'other', at: next });
        }
        turn();
        now = Math.max(now, next);
      }
      turn();
    },
  };
}

describe('an event loop that is offered ten times what it can do', () => {
  // 0.4 ms a read and 2 ms a write: 1,190 a second of this mix; 0.02 ms a refusal.
  const COST = { vital: 1, write: 2, read: 0.4, other: 1 };
  const MIX: LoadClass[] = [
    'read',
    'read',
    'read',
    'write',
    'read',
    'read',
    'read',
    'read',
    'write',
  ];

  test('answers all whom it lets in within a second, and keeps most of its work for them', () => {
    const loop = eventLoop(COST, 0.02);
    loop.offer(MIX, 0.5, 1000);
    loop.offer([...MIX, ...MIX, ...MIX, ...MIX, 'vital'], 12, 10_000);
    const accepted = loop.answered.filter(({ ok }) => ok);
    const waits = accepted.map(({ ms }) => ms);
    expect(waits.reduce((a, b) => Math.max(a, b))).toBeLessThan(1000);
    const worked = accepted.reduce((sum, { kind }) => sum + COST[kind], 0);
    expect(worked).toBeGreaterThan(10_000 * 0.5);
    expect(loop.answered.some(({ ok }) => !ok)).toBe(true);
    for (const kind of ['read', 'write'] as const) {
      expect(accepted.filter((one) => one.kind === kind).length).toBeGreaterThan(1000);
    }
  });

  test('keeps working however dear refusing is', () => {
    const loop = eventLoop(COST, 0.08);
    loop.offer(MIX, 12, 10_000);
    const accepted = loop.answered.filter(({ ok }) => ok);
    const worked = accepted.reduce((sum, { kind }) => sum + COST[kind], 0);
    expect(worked).toBeGreaterThan(10_000 * 0.05);
  });

  test('lets in every gateway', () => {
    const loop = eventLoop(COST, 0.02);
    loop.offer([...MIX, ...MIX, ...MIX, ...MIX, 'vital'], 12, 10_000);
    const vital = loop.answered.filter(({ kind }) => kind === 'vital');
    expect(vital.length).toBeGreaterThan(500);
    expect(vital.filter(({ ok }) => !ok)).toEqual([]);
  });

  test('is back to normal within ten seconds of the end', () => {
    const loop = eventLoop(COST, 0.02);
    loop.offer(MIX, 12, 10_000);
    expect(loop.admission.state.strained).toBe(true);
    const floodEnded = loop.answered.at(-1)?.at ?? 0;
    loop.offer(MIX, 0.5, floodEnded + 20_000);
    expect(loop.admission.state.strained).toBe(false);
    const later = loop.answered.filter(({ at }) => at > floodEnded + 10_000);
    expect(later.length).toBeGreaterThan(1000);
    expect(later.filter(({ ok, ms }) => !ok || ms > 100)).toEqual([]);
  });

  test('takes in a burst that it can work off, without shedding', () => {
    const loop = eventLoop(COST, 0.02);
    loop.offer(['read'], 0.5, 1000);
    loop.offer(['read'], 10, 1030);
    loop.offer(['read'], 0.5, 3000);
    expect(loop.answered.filter(({ ok }) => !ok)).toEqual([]);
  });
});

/** A database that answers `perSecond` in the order of asking, behind an event loop that has nothing else to do. */
function database(arrivalsPerMs: number) {
  const admission = makeAdmission();
  const queue: number[] = [];
  const waits: { at: number; ms: number }[] = [];
  let now = 0;
  let done = 0;
  let refused = 0;
  return {
    admission,
    waits,
    refused: () => refused,
    run(ms: number, perSecond: number) {
      for (const end = now + ms; now < end; now += 1) {
        for (let count = 0; count < arrivalsPerMs; count++) {
          if (admission.admit('write', now)) queue.push(now);
          else refused += 1;
        }
        admission.turnEnded(now);
        for (done += perSecond / 1000; done >= 1; done -= 1) {
          const began = queue.shift();
          if (began === undefined) continue;
          admission.finished('write', now);
          waits.push({ at: began, ms: now - began });
        }
      }
    },
  };
}

test('what waits for the database is held to what it can finish in time, however slow it gets', () => {
  const slow = database(5);
  slow.run(5000, 500);
  const before = slow.waits.filter(({ at }) => at > 1000 && at < 4000);
  expect(Math.max(...before.map(({ ms }) => ms))).toBeLessThan(1000);
  slow.run(10_000, 50);
  const after = slow.waits.filter(({ at }) => at > 8000);
  expect(after.length).toBeGreaterThan(100);
  expect(Math.max(...after.map(({ ms }) => ms))).toBeLessThan(1000);
});

test('a database that recovers gets its whole limit back', () => {
  const slow = database(1);
  slow.run(5000, 20);
  expect(slow.admission.state.limit).toBeLessThan(inProgressCountMax / 2);
  expect(slow.refused()).toBeGreaterThan(0);
  slow.run(10_000, 5000);
  expect(slow.admission.state).toEqual({
    inProgress: 0,
    limit: inProgressCountMax,
    strained: false,
  });
});
