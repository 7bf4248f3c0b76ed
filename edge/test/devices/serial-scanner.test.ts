import { afterEach, describe, expect, it } from 'vitest';
import type { DrivenScanner } from '../../src/devices/scanner-driver.ts';
import { openSerialScanner } from '../../src/devices/serial-scanner.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { PtyLine } from '../fakes/pty-line.ts';
import { realClock, realTimers, until } from '../fakes/real-time.ts';
import { seededRandom } from '../fakes/seeded-random.ts';

const open: DrivenScanner[] = [];
const lines: PtyLine[] = [];

afterEach(async () => {
  for (const scanner of open.splice(0)) await scanner.close();
  for (const line of lines.splice(0)) line.close();
});

function lineAndScanner(time: Pick<ManualTime, 'timers' | 'clock'>, isPlugged: boolean) {
  const line = new PtyLine();
  lines.push(line);
  if (isPlugged) line.plug();
  const log = memoryLog();
  const random = seededRandom();
  const { clock, timers } = time;
  const scanner = openSerialScanner({
    path: line.path,
    baudRate: 9600,
    dialect: 'line',
    needs: { tail: 'cr', charset: 'unknown', sameCodeMs: 0 },
    format: {},
    lane: 'lane-1',
    clock,
    timers,
    random,
    log,
  });
  open.push(scanner);
  const presence: boolean[] = [];
  scanner.onPresence((online) => presence.push(online));
  const texts: string[] = [];
  scanner.onScan((scan) => texts.push(scan.ok ? scan.value.text : scan.refusal.code));
  return { line, scanner, presence, texts, log };
}

const real = { clock: realClock, timers: realTimers };

describe('the serial scanner on a pseudo-terminal (F10)', () => {
  it('waits for a port that is not there, longer each time up to two seconds', async () => {
    const time = new ManualTime();
    const { presence, line, texts } = lineAndScanner(time, false);
    for (const longestMs of [250, 500, 1000, 2000, 2000]) {
      await until('a try to fail', () => time.waiting === 1);
      time.advance(longestMs / 2 - 1);
      expect(time.waiting).toBe(1);
      time.advance(longestMs / 2 + 1);
    }
    await until('a try to fail', () => time.waiting === 1);
    line.plug();
    time.advance(2000);
    await until('the port', () => {
      time.advance(10);
      return presence.length === 1;
    });
    line.say('GC1:A\r');
    await until('the code', () => texts.length === 1);
    expect(presence).toEqual([true]);
  });

  it('is back within three seconds of an unplugging in mid-code, and reads the next code whole', async () => {
    const { line, presence, texts, log } = lineAndScanner(real, true);
    await until('the port', () => presence.length === 1);
    line.say('GC1:HALF A CO');
    line.unplug();
    await until('the loss', () => presence.length === 2, 3000);
    line.plug();
    await until('the port again', () => presence.length === 3, 3000);
    line.say('GC1:WHOLE\r');
    await until('the code', () => texts.length > 0);
    expect(texts).toEqual(['GC1:WHOLE']);
    expect(presence).toEqual([true, false, true]);
    expect(log.lines.map(({ event }) => event)).toContain('scanner-fault');
  });

  it('lives through ten unpluggings', async () => {
    const { line, presence, texts } = lineAndScanner(real, true);
    for (let round = 0; round < 10; round++) {
      await until('the port', () => presence.length === 2 * round + 1);
      line.say(`GC1:${round}\r`);
      await until('the code', () => texts.length === round + 1);
      line.unplug();
      await until('the loss', () => presence.length === 2 * round + 2);
      line.plug();
    }
  });

  it('tells of an oversized line and of the code after it', async () => {
    const { line, presence, texts } = lineAndScanner(real, true);
    await until('the port', () => presence.length === 1);
    line.say(`${'x'.repeat(2000)}\rGC1:NEXT\r`);
    await until('both', () => texts.length === 2);
    expect(texts).toEqual(['scan-line-too-long', 'GC1:NEXT']);
  });

  it('opens nothing more once it is closed', async () => {
    const time = new ManualTime();
    const { scanner, presence } = lineAndScanner(time, false);
    await until('a try to fail', () => time.waiting === 1);
    await scanner.close();
    expect(time.waiting).toBe(0);
    const opening = lineAndScanner(time, true);
    await opening.scanner.close();
    await new Promise((done) => setTimeout(done, 50));
    expect([...presence, ...opening.presence]).toEqual([]);
    expect(time.waiting).toBe(0);
  });
});
