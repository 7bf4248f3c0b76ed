import { type PassageId, passageIdSchema } from '@greengate/contracts/ids';
import type { Result } from '@greengate/contracts/result';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Turnstile, TurnstileEvent, TurnstileOrder } from '../../src/ports.ts';

/** A turnstile and the hands on it. */
export interface TurnstileRig {
  readonly turnstile: Turnstile;
  /** Whether the barrier would let somebody through now. */
  isOpen(): boolean;
  /** Somebody pushes the arm and goes through, if it lets them; else they force it. */
  pass(): void;
  /** The time to pass goes by. */
  lapse(): void;
  /** Takes the turnstile away: unplugged, stalled, its wire cut. */
  lose(): Promise<void>;
  regain(): Promise<void>;
  /** Until everything that is under way has arrived. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const passageOf = (digit: string): PassageId => passageIdSchema.parse(digit.repeat(32));
const first = passageOf('1');
const second = passageOf('2');

const orderOf = (action: TurnstileOrder['action'], passage = first): TurnstileOrder => ({
  action,
  passage,
  reason: action === 'open' ? 'status-green' : 'status-red',
});

/** What every turnstile promises, whatever it is made of. */
export function turnstileCase(name: string, start: () => Promise<TurnstileRig>): void {
  describe(`turnstile: ${name}`, () => {
    let rig: TurnstileRig;
    let events: TurnstileEvent[];

    beforeEach(async () => {
      rig = await start();
      events = [];
      rig.turnstile.onEvent((event) => events.push(event));
      await rig.settle();
    });
    afterEach(() => rig.close());

    const order = async (each: TurnstileOrder): Promise<Result<void>> => {
      const taken = rig.turnstile.order(each);
      await rig.settle();
      return taken;
    };
    const passages = () => events.filter(({ kind }) => kind !== 'presence');

    it('tells a new listener that it is there', () => {
      expect(events).toEqual([{ kind: 'presence', online: true }]);
    });

    it('is shut at the start', () => {
      expect(rig.isOpen()).toBe(false);
    });

    it('opens for one passage', async () => {
      expect(await order(orderOf('open'))).toEqual({ ok: true, value: undefined });
      expect(rig.isOpen()).toBe(true);
      rig.pass();
      await rig.settle();
      expect(passages()).toEqual([
        { kind: 'started', passage: first },
        { kind: 'completed', passage: first },
      ]);
      expect(rig.isOpen()).toBe(false);
    });

    it('opens for the next one after the first', async () => {
      await order(orderOf('open'));
      rig.pass();
      await rig.settle();
      expect((await order(orderOf('open', second))).ok).toBe(true);
      rig.pass();
      await rig.settle();
      expect(passages().at(-1)).toEqual({ kind: 'completed', passage: second });
    });

    it('shuts again when nobody comes', async () => {
      await order(orderOf('open'));
      rig.lapse();
      await rig.settle();
      expect(passages()).toEqual([{ kind: 'timed-out', passage: first }]);
      expect(rig.isOpen()).toBe(false);
    });

    it("refuses a second grant while one is open, as 'lane-busy'", async () => {
      await order(orderOf('open'));
      const taken = await order(orderOf('open', second));
      expect(taken).toMatchObject({ ok: false, refusal: { code: 'lane-busy' } });
      rig.pass();
      await rig.settle();
      expect(passages()).toEqual([
        { kind: 'started', passage: first },
        { kind: 'completed', passage: first },
      ]);
    });

    it('tells of an arm that is forced', async () => {
      rig.pass();
      await rig.settle();
      expect(passages()).toEqual([{ kind: 'forced' }]);
    });

    it.each(['refuse', 'refer'] as const)('takes %s and stays shut', async (action) => {
      expect((await order(orderOf(action))).ok).toBe(true);
      expect(rig.isOpen()).toBe(false);
    });

    it('opens for all when released, and calls nobody forced', async () => {
      expect((await order(orderOf('release'))).ok).toBe(true);
      rig.pass();
      rig.pass();
      await rig.settle();
      expect(passages()).toEqual([]);
    });

    it("answers 'turnstile-unreachable' when it is gone, and works again when it is back", async () => {
      await rig.lose();
      expect(events.at(-1)).toEqual({ kind: 'presence', online: false });
      const taken = await order(orderOf('open'));
      expect(taken).toMatchObject({ ok: false, refusal: { code: 'turnstile-unreachable' } });
      await rig.regain();
      expect(events.at(-1)).toEqual({ kind: 'presence', online: true });
      expect((await order(orderOf('open', second))).ok).toBe(true);
      expect(rig.isOpen()).toBe(true);
    });
  });
}
