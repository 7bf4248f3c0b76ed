import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runFiles } from './files.ts';
import { runKills } from './kills.ts';

const HELP = `npm run chaos -- [--kills N] [--files N] [--seed S] [--json FILE]

  --kills N   kill -9 of cloud or gateway under load, N times at random moments, some of them while they start; every tenth
              blow is SIGTERM. No acknowledged event may be lost or doubled, the gates must decide again within 5 s, the
              journal's chain must be whole.
  --files N   N ways to damage the files of a gateway: databases, WALs and what lies beside them are cut, flipped, torn, zeroed,
              mixed with older ones, or gone. A start on them must find a committed state, or tell that it is none and begin
              anew; nobody may be let in whom the state that is left keeps out. --case K tries that one alone.
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
      files: { type: 'string', default: '0' },
      case: { type: 'string' },
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
  const { kills, files, seed, again, lanes, rate } = values;
  const [killsCount, filesCount, seedNumber, againMsMax, lanesCount, ratePerMinute, only] = [
    ...[kills, files, seed, again, lanes, rate, values.case ?? '0'].map(whole),
  ] as [number, number, number, number, number, number, number];
  const wrong = [killsCount, filesCount, seedNumber, againMsMax, lanesCount, ratePerMinute, only];
  const nothing = killsCount === 0 && filesCount === 0;
  if (wrong.some(Number.isNaN) || nothing || lanesCount === 0 || ratePerMinute === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  const filesPlan = {
    seed: seedNumber,
    files: filesCount,
    only: values.case === undefined ? undefined : only,
  };
  const damaged = filesCount > 0 ? await runFiles(filesPlan, say, stop.signal) : undefined;
  const killsPlan = {
    seed: seedNumber,
    kills: killsCount,
    lanes: lanesCount,
    rate: ratePerMinute,
    againMsMax,
  };
  const killed = killsCount > 0 ? await runKills(killsPlan, say, stop.signal) : undefined;
  const report = { node: process.version, files: damaged, kills: killed };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  // npm runs this at the repository's root; INIT_CWD is where the user stood.
  if (values.json !== undefined)
    writeFileSync(resolve(process.env['INIT_CWD'] ?? '.', values.json), text);
  process.stdout.write(text);
  const violations = [...(damaged?.violations ?? []), ...(killed?.violations ?? [])];
  return violations.length === 0 ? 0 : 1;
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
