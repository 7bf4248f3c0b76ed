import type { Result } from '@greengate/contracts/result';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scan, Scanner } from '../../src/ports.ts';
import { realClock, until as untilReally } from '../fakes/real-time.ts';

/** A scanner and the codes held before it. */
export interface ScannerRig {
  readonly scanner: Scanner;
  /** The device reads this code. */
  show(code: string): void;
  /** The device sends what is no code, and how that is told. */
  readonly garbage: { readonly send: () => void; readonly reason: string };
  /** Absent: real time. */
  readonly time?: { mono(): number; until(what: string, isSo: () => boolean): Promise<void> };
  lose(): Promise<void>;
  regain(): Promise<void>;
  close(): Promise<void>;
}

const CODE = `GC1:${'6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK- %'.repeat(6)}`;

/** What every scanner promises. */
export function scannerCase(name: string, start: () => Promise<ScannerRig>): void {
  describe(`scanner: ${name}`, () => {
    let rig: ScannerRig;
    let scans: Result<Scan>[];

    beforeEach(async () => {
      rig = await start();
      scans = [];
      rig.scanner.onScan((scan) => scans.push(scan));
    });
    afterEach(() => rig.close());

    const until = (what: string, isSo: () => boolean) =>
      rig.time === undefined ? untilReally(what, isSo) : rig.time.until(what, isSo);
    const mono = () => rig.time?.mono() ?? realClock.mono();
    const texts = () => scans.map((scan) => (scan.ok ? scan.value.text : scan.refusal.code));

    it('hands over a code and when it was read', async () => {
      const before = mono();
      rig.show(CODE);
      await until('the code', () => scans.length > 0);
      expect(texts()).toEqual([CODE]);
      const at = scans[0]?.ok ? scans[0].value.at : 0;
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(mono());
    });

    it('hands over each of many, in order', async () => {
      const codes = Array.from({ length: 20 }, (_, index) => `GC1:CODE ${index}`);
      for (const code of codes) rig.show(code);
      await until('all codes', () => scans.length === codes.length);
      expect(texts()).toEqual(codes);
    });

    it('tells every listener', async () => {
      let others = 0;
      rig.scanner.onScan(() => {
        others += 1;
      });
      rig.show(CODE);
      await until('the code', () => others === 1);
    });

    it('refuses garbage by its reason and reads on', async () => {
      rig.garbage.send();
      rig.show('GC1:NEXT');
      await until('the code after it', () => scans.length >= 2);
      expect(texts()).toEqual([rig.garbage.reason, 'GC1:NEXT']);
    });

    it('reads again after it was lost (F10)', async () => {
      rig.show('GC1:BEFORE');
      await until('the code before', () => scans.length === 1);
      await rig.lose();
      await rig.regain();
      rig.show('GC1:AFTER');
      await until('the code after', () => scans.length === 2);
      expect(texts()).toEqual(['GC1:BEFORE', 'GC1:AFTER']);
    });
  });
}
