/** Runs a program on the FUSE rig by hand: docs/rigs.md. */
import { parseArgs } from 'node:util';
import { hardwareModules } from '@greengate/tools/hardware-modules';
import { GpioBank } from '../../dist/devices/gpio-bank.js';
import { noI2cFaults } from './i2c-dev.ts';
import { startRig } from './rig.ts';

const HELP = `node firmware-sim/dist/hil-fuse/main.js [--label LABEL] [--base N] [--limit SECONDS] [--json] -- COMMAND [ARGUMENT...]

Runs COMMAND as root with a simulated /sys/class/gpio and an empty /dev/i2c-1 of its own, and says at its end what
happened at the wires of the GPIO lines. Nothing of it is seen outside, and nothing stays.

  --label   of the GPIO chip (pinctrl-bcm2711)
  --base    what its line 0 is called in sysfs (512)
  --limit   COMMAND is killed after so many seconds (60)
  --json    the trace as JSON on standard output

Exit code: that of COMMAND; 124 when it was killed, 2 when this command is wrong.
`;

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      label: { type: 'string', default: 'pinctrl-bcm2711' },
      base: { type: 'string', default: '512' },
      limit: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [program, ...rest] = positionals;
  if (program === undefined) throw new TypeError('COMMAND is missing; --help says how');
  const bank = new GpioBank({ label: values.label, base: whole(values.base, 'base'), lines: 58 });
  const { ended } = startRig({
    bank,
    i2c: { target: { transfer: () => 'nack' }, faults: noI2cFaults() },
    modules: hardwareModules(),
    command: [program, ...rest],
    stdio: 'inherit',
    limitMs: whole(values.limit, 'limit') * 1000,
  });
  const { code } = await ended;
  for (const { line, level } of values.json ? [] : bank.trace) {
    process.stdout.write(`line ${line}: ${level}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ trace: bank.trace })}\n`);
  return code ?? 124;
}

function whole(text: string, name: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new TypeError(`--${name} is a whole number`);
  return Number(text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
