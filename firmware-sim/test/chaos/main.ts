import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runKills } from './kills.ts';

const HELP = `npm run chaos -- [--kills N] [--seed S] [--json FILE]

  --kills N   kill -9 of cloud or gateway under load, N times at random moments, some of them while they start; every tenth
              blow is SIGTERM. No acknowledged event may be lost or doubled, the gates must decide again within 5 s, the
              journal's chain must be whole.
  --again MS  the limit in which the gates must decide again (default 5000)
  --lanes N, --rate N   lanes (default 4), and passages a minute on each (default 60)

A violation prints the seed and keeps the folder with databases and logs. Ctrl-C ends the kills and compares what there is.
Exit codes: 0 nothing was violated, 1 something was, 2 the command is wrong.
`;

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      again: { type: 'string', default: '5000' },
      lanes: { type: 'string', default: '4' },
      rate: { type: 'string', default: '60' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [kills = 0, seed = 1, againMsMax = 0, lanes = 0, rate = 0] = [
    ...[values.kills, values.seed, values.again, values.lanes, values.rate].map(whole),
  ];
  if ([kills, seed, againMsMax, lanes, rate].some(Number.isNaN) || kills === 0 || lanes === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  const report = await runKills({ kills, seed, againMsMax, lanes, rate }, say, stop.signal);
  const text = `${JSON.stringify({ node: process.version, kills: report }, null, 2)}\n`;
  // npm runs this at the repository's root; INIT_CWD is where the user stood.
  if (values.json !== undefined)
    writeFileSync(resolve(process.env['INIT_CWD'] ?? '.', values.json), text);
  process.stdout.write(text);
  return report.violations.length === 0 ? 0 : 1;
}

function whole(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
