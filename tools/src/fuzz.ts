import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzz } from './fuzz/run.ts';
import { targets } from './fuzz/targets.ts';

const HELP = `npm run fuzz -- TARGET... [--cases N] [--seed S] [--case K] [--json FILE]

Hands a parser N inputs that are nearly right and sees that it answers each with a value or a typed refusal, in bounded
time and memory. A failure prints its seed and case; --case K runs that one alone. TARGET is "all" or some of:

${targets.map(({ name, about }) => `  ${name.padEnd(9)}${about}`).join('\n')}

Exit codes: 0 nothing was found, 1 something was, 2 the command is wrong.
`;

const casesUsual = 100_000;

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      cases: { type: 'string', default: String(casesUsual) },
      seed: { type: 'string', default: '1' },
      case: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const chosen = targets.filter(
    ({ name }) => positionals.includes(name) || positionals.includes('all'),
  );
  const unknown = positionals.filter(
    (name) => name !== 'all' && !targets.some((target) => target.name === name),
  );
  const [cases, seed, only] = [values.cases, values.seed, values.case ?? '0'].map(Number);
  const isWrong = [cases, seed, only].some((number) => !Number.isSafeInteger(number));
  if (values.help) return print(HELP, 0);
  if (chosen.length === 0 || unknown.length > 0 || isWrong) return print(HELP, 2);

  const reports: FuzzReport[] = [];
  for (const target of chosen) {
    const plan = { seed: seed ?? 1, cases: cases ?? casesUsual };
    const report = await fuzz(
      target,
      values.case === undefined ? plan : { ...plan, only: only ?? 0 },
      (done) => process.stderr.write(`\r${target.name} ${done} of ${plan.cases} `),
    );
    process.stderr.write('\r\u001b[K');
    process.stdout.write(textOf(report));
    reports.push(report);
  }
  if (values.json !== undefined) {
    // npm runs this at the repository's root; INIT_CWD is where the user stood.
    const file = resolve(process.env['INIT_CWD'] ?? '.', values.json);
    writeFileSync(file, `${JSON.stringify({ node: process.version, reports }, null, 2)}\n`);
  }
  return reports.some(({ failed }) => failed > 0) ? 1 : 0;
}

function textOf(report: FuzzReport): string {
  const { target, cases, seed, seconds, slowestMs, grownMiB, failed, outcomes } = report;
  const seen = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  return [
    `${target}: ${cases} cases from seed ${seed} in ${seconds.toFixed(1)} s, ${failed} failed`,
    `  slowest ${slowestMs.toFixed(1)} ms, grew by ${grownMiB.toFixed(1)} MiB`,
    ...seen.map(([outcome, count]) => `  ${String(count).padStart(9)}  ${outcome}`),
    ...report.failures.map(
      ({ at, why }) =>
        `  FAILED --seed ${seed} --case ${at}: ${why.split('\n').slice(0, 4).join(' | ')}`,
    ),
    '',
  ].join('\n');
}

function print(text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}

process.exitCode = await main(process.argv.slice(2));
