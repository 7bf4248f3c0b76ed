/** `npm run bench -- NAME --json FILE`: measures one thing, prints a table, and writes the figures for a machine. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type BenchOptions, registry } from './registry.ts';
import { type BenchReport, reportOf } from './report.ts';
import { listOf, tableOf } from './table.ts';

const program = new Command('bench')
  .description('Measures one thing of Greengate on this machine.')
  .argument('[name]', 'the bench to run; --list names them')
  .option('--json <file>', 'write the figures to this file')
  .option('--minutes <number>', 'how long the main measurement goes on, where a bench has one')
  .option('--attempts <number>', 'how often a run is repeated that other programs disturbed')
  .option('--list', 'name the benches')
  .action(run);

await program.parseAsync();

async function run(
  name: string | undefined,
  options: { json?: string; minutes?: string; attempts?: string; list?: true },
): Promise<void> {
  if (options.list) return console.log(listOf(registry));
  if (name === undefined) return program.error('name a bench; --list names them');
  const entry = registry.get(name);
  if (entry === undefined) return program.error(`there is no bench ${name}; --list names them`);

  const bench = await entry.load();
  const asked: BenchOptions = {
    ...positive('minutes', options.minutes),
    ...positive('attempts', options.attempts),
  };
  const report = reportOf({ bench: name, ...machine() }, await bench(asked));
  if (options.json !== undefined) {
    // npm runs this at the repository's root; INIT_CWD is where the user stood and what FILE is relative to.
    const file = resolve(process.env['INIT_CWD'] ?? '.', options.json);
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(tableOf(report));
  // A target that is not reached is a figure, not an error: whoever reads the report judges it.
}

function positive(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const value = Number(text);
  if (!(value > 0)) return program.error(`--${name} is not a number above 0`);
  return { [name]: value };
}

function machine(): Omit<BenchReport, 'bench' | 'results'> {
  const memoryGiB = Number((totalmem() / 2 ** 30).toFixed(1));
  return {
    ...{ commit: commit(), node: process.version, cpus: availableParallelism() },
    measuredAt: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model.trim() || 'an unknown processor',
      memoryGiB,
      os: `${type()} ${release()}`,
    },
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
