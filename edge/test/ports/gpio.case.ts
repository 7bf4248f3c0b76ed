import type { Result } from '@greengate/contracts/result';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { InputPlace, LinePlace } from '../../src/gpio-port.ts';

export interface SeenChange {
  readonly line: number;
  readonly active: boolean;
  readonly isEdgeLost: boolean;
}

/** Lines of some backend, and the wires behind them. What a driver does in another process is waited for. */
export interface GpioRig {
  openOutput(place: LinePlace): Promise<Result<unknown>>;
  openInput(place: InputPlace): Promise<Result<unknown>>;
  write(line: number, active: boolean): Promise<void>;
  /** Rejects when the line cannot be read. */
  read(line: number): Promise<boolean>;
  /** Closes what is open; the lines can be opened anew. */
  closeLines(): Promise<void>;
  /** Every level that the wire of a line had since it was asked last, in order; the last one is the level now. */
  levels(line: number): number[];
  /** From outside: a contact, a pull. */
  drive(line: number, level: 0 | 1): void;
  /** Lets pass what the driver needs to hear of an edge, and every time limit of it. */
  settle(): Promise<void>;
  changes(): readonly SeenChange[];
  readonly faults: {
    busy(line: number): void;
    broken(line: number, isBroken: boolean): void;
    loseEdges(count: number): void;
  };
  close(): Promise<void>;
}

/** How many lines each rig has, and two that the tests use. */
export const LINES = 58;
const RELAY = 17;
const CONTACT = 22;
const NEXT = 23;

/** What every backend of DigitalOutput and DigitalInput does. */
export function gpioCase(name: string, start: () => Promise<GpioRig>): void {
  describe(`digital lines: ${name}`, () => {
    let rig: GpioRig;
    beforeAll(async () => {
      rig = await start();
    });
    afterEach(() => rig.closeLines());
    afterAll(() => rig.close());

    const changesOf = (line: number) => rig.changes().filter((change) => change.line === line);

    test.each([
      { board: 'active-low', isActiveLow: true, rest: 1 },
      { board: 'active-high', isActiveLow: false, rest: 0 },
    ] as const)('an output for an $board board never moves at open and close', async (board) => {
      const { isActiveLow, rest } = board;
      rig.drive(RELAY, rest);
      rig.levels(RELAY);
      expect(await rig.openOutput({ line: RELAY, isActiveLow })).toMatchObject({ ok: true });
      await rig.closeLines();
      expect(await rig.openOutput({ line: RELAY, isActiveLow })).toMatchObject({ ok: true });
      expect(rig.levels(RELAY)).toEqual([rest]);
      await rig.write(RELAY, true);
      await rig.write(RELAY, true);
      await rig.write(RELAY, false);
      expect(rig.levels(RELAY)).toEqual([1 - rest, rest]);
      await rig.write(RELAY, true);
      await rig.closeLines();
      expect(rig.levels(RELAY)).toEqual([1 - rest, rest]);
    });

    test('an input reads its level by its polarity', async () => {
      rig.drive(CONTACT, 1);
      rig.drive(NEXT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: true, debounceMs: 0 });
      await rig.openInput({ line: NEXT, isActiveLow: false, debounceMs: 0 });
      expect([await rig.read(CONTACT), await rig.read(NEXT)]).toEqual([false, true]);
      rig.drive(CONTACT, 0);
      rig.drive(NEXT, 0);
      expect([await rig.read(CONTACT), await rig.read(NEXT)]).toEqual([true, false]);
    });

    test('every level that holds is told once, and to the line that it is of', async () => {
      rig.drive(CONTACT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: true, debounceMs: 0 });
      const before = changesOf(CONTACT).length;
      await rig.settle();
      expect(changesOf(CONTACT).slice(before)).toEqual([]);
      for (const level of [0, 1, 0] as const) {
        rig.drive(CONTACT, level);
        await rig.settle();
      }
      const told = changesOf(CONTACT).slice(before);
      expect(told.map((change) => change.active)).toEqual([true, false, true]);
      expect(told.map((change) => change.isEdgeLost)).toEqual([false, false, false]);
    });

    test('a pulse that is over before it is read is told as a lost edge', async () => {
      rig.drive(CONTACT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: true, debounceMs: 20 });
      const before = changesOf(CONTACT).length;
      rig.drive(CONTACT, 0);
      rig.drive(CONTACT, 1);
      await rig.settle();
      expect(changesOf(CONTACT).slice(before)).toEqual([
        { line: CONTACT, active: false, isEdgeLost: true },
      ]);
    });

    test('a contact that bounces is told once, when it holds', async () => {
      rig.drive(CONTACT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: true, debounceMs: 20 });
      const before = changesOf(CONTACT).length;
      for (const level of [0, 1, 0, 1, 0] as const) rig.drive(CONTACT, level);
      await rig.settle();
      expect(changesOf(CONTACT).slice(before)).toEqual([
        { line: CONTACT, active: true, isEdgeLost: false },
      ]);
    });

    test('an edge that was never told is found out, and said to be lost', async () => {
      rig.drive(CONTACT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: true, debounceMs: 0 });
      const before = changesOf(CONTACT).length;
      rig.faults.loseEdges(1);
      rig.drive(CONTACT, 0);
      await rig.settle();
      expect(changesOf(CONTACT).slice(before)).toEqual([
        { line: CONTACT, active: true, isEdgeLost: true },
      ]);
    });

    test('a line that fails says so at every read and write, and works again when it is mended', async () => {
      rig.drive(CONTACT, 1);
      await rig.openInput({ line: CONTACT, isActiveLow: false, debounceMs: 0 });
      await rig.openOutput({ line: RELAY, isActiveLow: true });
      for (const line of [CONTACT, RELAY]) rig.faults.broken(line, true);
      await expect(rig.read(CONTACT)).rejects.toThrow('EIO');
      await expect(rig.write(RELAY, true)).rejects.toThrow('EIO');
      for (const line of [CONTACT, RELAY]) rig.faults.broken(line, false);
      expect(await rig.read(CONTACT)).toBe(true);
      await expect(rig.write(RELAY, true)).resolves.toBeUndefined();
    });

    test('lines that are not there, taken or open already are refused by a code', async () => {
      const at = (line: number) => ({ line, isActiveLow: false });
      for (const line of [-1, LINES, 1.5]) {
        expect(await rig.openOutput(at(line))).toMatchObject({
          refusal: { code: 'gpio-line-missing' },
        });
      }
      rig.faults.busy(5);
      const taken = await rig.openInput({ ...at(5), debounceMs: 0 });
      expect(taken).toMatchObject({ refusal: { code: 'gpio-line-busy' } });
      await rig.openOutput(at(RELAY));
      const again = await rig.openOutput(at(RELAY));
      expect(again).toMatchObject({ refusal: { code: 'gpio-line-busy' } });
    });
  });
}
