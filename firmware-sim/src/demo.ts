import { writeFileSync } from 'node:fs';
import { startedByNpm } from './demo/config.ts';
import { parseOptions } from './demo/options.ts';
import { isFaulty } from './demo/report.ts';
import { runDemo } from './demo/run.ts';

const INTERRUPTED = 'interrupted';

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  if (parsed.kind === 'exit') {
    (parsed.code === 0 ? process.stdout : process.stderr).write(parsed.text);
    return parsed.code;
  }
  const stop = new AbortController();
  listenForTheEnd(stop);
  const report = await runDemo(parsed.options, stop);
  if (!report) return 130;
  const text = JSON.stringify(report, null, 2);
  if (parsed.options.json !== undefined) writeFileSync(parsed.options.json, `${text}\n`);
  console.log(text);
  return isFaulty(report) ? 1 : 0;
}

const IMPATIENT_MS = 1000;

/**
 * Ctrl-C, a polite kill, a closed terminal or a vanished npm: the demo ends cleanly, with its report. A second
 * Ctrl-C ends it at once; npm passes the first one on, so one that follows closely is the same one.
 */
function listenForTheEnd(stop: AbortController): void {
  let endedAt: number | undefined;
  const end = () => {
    if (endedAt !== undefined && performance.now() - endedAt > IMPATIENT_MS) process.exit(130);
    endedAt ??= performance.now();
    stop.abort(INTERRUPTED);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.on('error', () => stop.abort(INTERRUPTED));
  const parent = process.ppid;
  setInterval(() => {
    if (startedByNpm && process.ppid !== parent) stop.abort(INTERRUPTED);
  }, 1000).unref();
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
