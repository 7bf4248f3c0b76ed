import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findSysfsChip, PI_LABELS } from '../../src/devices/gpio-chip.ts';
import { openOnoffGpio } from '../../src/devices/gpio-onoff.ts';
import { ManualTime } from '../fakes/manual-time.ts';

// What the driver does on lines is in ports/gpio.case.ts, and runs on the FUSE rig of firmware-sim.

/** A folder as /sys/class/gpio is, with these chips. */
function sysfs(chips: readonly { label: string; base: string; ngpio: string }[]): string {
  const root = mkdtempSync(join(tmpdir(), 'greengate-sysfs-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'export'), '');
  for (const [at, chip] of chips.entries()) {
    const folder = join(root, `gpiochip${at}`);
    mkdirSync(folder);
    for (const [name, text] of Object.entries(chip)) writeFileSync(join(folder, name), text);
  }
  return root;
}

describe('onoff', () => {
  test('is loaded where it is used; where it is not, a code says so', () => {
    const opened = openOnoffGpio({ timers: new ManualTime().timers }, (name) => {
      throw Object.assign(new Error(name), { code: 'MODULE_NOT_FOUND' });
    });
    expect(opened).toEqual({
      ok: false,
      refusal: { code: 'gpio-driver-missing', detail: 'MODULE_NOT_FOUND' },
    });
  });
});

describe('the chip of a label', () => {
  const firmware = { label: 'raspberrypi-exp-gpio\n', base: '504\n', ngpio: '8\n' };
  const pi = { label: 'pinctrl-bcm2711\n', base: '512\n', ngpio: '58\n' };

  test('is found among others, at whatever base', () => {
    expect(findSysfsChip(sysfs([firmware, pi]), PI_LABELS)).toEqual({
      ok: true,
      value: { label: 'pinctrl-bcm2711', base: 512, lines: 58 },
    });
  });

  test('is not guessed: none, or two, are refused with what there is', () => {
    expect(findSysfsChip(sysfs([firmware]), PI_LABELS)).toMatchObject({
      refusal: { code: 'gpio-chip-missing', detail: 'there is raspberrypi-exp-gpio@504' },
    });
    expect(findSysfsChip(sysfs([pi, pi]), PI_LABELS)).toMatchObject({
      refusal: { code: 'gpio-chip-missing' },
    });
    expect(findSysfsChip(sysfs([]), PI_LABELS)).toMatchObject({
      refusal: { code: 'gpio-chip-missing', detail: 'no chip at all' },
    });
  });

  test('a kernel without sysfs GPIO is told apart', () => {
    expect(findSysfsChip('/nowhere/gpio', PI_LABELS)).toMatchObject({
      refusal: { code: 'gpio-unavailable' },
    });
  });

  test('whatever stands in the files, it is a chip with whole numbers or a refusal', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('512\n', '-1\n', '1e3', '٣', '58', ''));
    fc.assert(
      fc.property(text, text, (base, ngpio) => {
        const root = sysfs([{ label: 'pinctrl-rp1\n', base, ngpio }]);
        const found = findSysfsChip(root, PI_LABELS);
        if (!found.ok) return found.refusal.code === 'gpio-chip-missing';
        const { base: first, lines } = found.value;
        return Number.isSafeInteger(first) && first >= 0 && Number.isSafeInteger(lines);
      }),
      { numRuns: 50 },
    );
  });
});
