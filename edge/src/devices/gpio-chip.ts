import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { gpioChipsCountMax } from './limits.ts';

/** A chip under /sys/class/gpio. `base` is what its line 0 is called there; it differs from kernel to kernel. */
export interface SysfsChip {
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

/** The header's pins on the Raspberry Pi 1 to 3, 4 and 5, in this order. */
export const PI_LABELS = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'] as const;

/**
 * The one chip with one of these labels (HARDWARE 4: never by number). `gpio-unavailable`: no sysfs GPIO here;
 * `gpio-chip-missing`: none or several; `detail` names the labels seen.
 */
export function findSysfsChip(root: string, labels: readonly string[]): Result<SysfsChip> {
  let chips: SysfsChip[];
  try {
    const names = readdirSync(root).filter((name) => name.startsWith('gpiochip'));
    chips = names.slice(0, gpioChipsCountMax).flatMap((name) => readChip(join(root, name)));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
      ? refuse('gpio-permission', root)
      : refuse('gpio-unavailable', root);
  }
  const [found, another] = chips.filter(({ label }) => labels.includes(label));
  if (found && !another) return ok(found);
  const seen = chips.map(({ label, base }) => `${label}@${base}`).join(', ');
  return refuse('gpio-chip-missing', seen === '' ? 'no chip at all' : `there is ${seen}`);
}

function readChip(folder: string): SysfsChip[] {
  const label = readFileSync(join(folder, 'label'), 'latin1').trim();
  const base = count(readFileSync(join(folder, 'base'), 'latin1'));
  const lines = count(readFileSync(join(folder, 'ngpio'), 'latin1'));
  return base === undefined || lines === undefined ? [] : [{ label, base, lines }];
}

function count(text: string): number | undefined {
  return /^\d{1,9}\n?$/.test(text) ? Number(text) : undefined;
}
