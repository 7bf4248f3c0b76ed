import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  crashesForSafeModeCount,
  crashWindowMs,
  fileTrialMsMax,
  stopMsMax,
} from '../src/limits.ts';

const FILE = fileURLToPath(new URL('../../deploy/edge/greengate-gateway.service', import.meta.url));

/** Sections of a unit file; a key that comes several times has several values. */
function parseUnit(text: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) {
      section = new Map();
      sections.set(head, section);
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error(`no unit line: ${line}`);
    section.set(key, [...(section.get(key) ?? []), value]);
  }
  return sections;
}

const unit = parseUnit(readFileSync(FILE, 'utf8'));
const service = (key: string) => unit.get('Service')?.get(key) ?? [];
const ms = (key: string) => Number(service(key)[0]) * 1000;

describe('F12 the unit of a gateway fits what the gateway does', () => {
  test('it speaks by itself, through a process of its own, and is watched', () => {
    expect(service('Type')).toEqual(['notify']);
    expect(service('NotifyAccess')).toEqual(['all']);
    expect(ms('WatchdogSec')).toBeGreaterThanOrEqual(30_000);
  });

  test('it is started again for ever, soon enough for a crash loop to be seen as one', () => {
    expect(service('Restart')).toEqual(['always']);
    expect(unit.get('Unit')?.get('StartLimitIntervalSec')).toEqual(['0']);
    // Even where each crash takes the watchdog's patience, three of them lie within the window.
    const worst = ms('RestartSec') + ms('WatchdogSec');
    expect(crashesForSafeModeCount * worst).toBeLessThan(crashWindowMs);
    // A wrong configuration ends with 2.
    expect(service('RestartPreventExitStatus')).toEqual(['2']);
  });

  test('it gives a start time to try both files, and an end time to end', () => {
    expect(ms('TimeoutStartSec')).toBeGreaterThan(4 * fileTrialMsMax);
    expect(ms('TimeoutStopSec')).toBeGreaterThan(stopMsMax);
    expect(service('KillMode')).toEqual(['mixed']);
  });

  test('T32 it is no root, has no capability, and sees neither homes nor a kernel setting', () => {
    expect(service('User')).toEqual(['greengate']);
    expect(service('CapabilityBoundingSet')).toEqual(['']);
    expect(service('NoNewPrivileges')).toEqual(['yes']);
    expect(service('ProtectSystem')).toEqual(['strict']);
    expect(service('UMask')).toEqual(['0077']);
    expect(service('DevicePolicy')).toEqual(['closed']);
    expect(service('SystemCallFilter')).toEqual(['@system-service']);
    // V8 compiles at run time: a gateway with this would not start.
    expect(service('MemoryDenyWriteExecute')).toEqual([]);
  });

  test('systemd finds nothing wrong with it', (context) => {
    const analyze = spawnSync('systemd-analyze', ['verify', FILE], { encoding: 'utf8' });
    if (analyze.error) context.skip('no systemd-analyze on this machine');
    const about = analyze.stderr.split('\n').filter((line) => line.includes('greengate'));
    // The service's own program need not be installed on the machine of the test.
    expect(about.filter((line) => !/not executable|No such file/.test(line))).toEqual([]);
  });
});
