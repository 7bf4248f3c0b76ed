import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from './shell.ts';

/** Where progress is shown; a real one is `process.stderr`. */
export interface ProgressOutput {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
}

/** A bar on a terminal; else a line each twentieth of the way, of JSON for programs. */
export function startProgress(
  { stream, isTerminal }: ProgressOutput,
  title: string,
  total: number,
  asJson: boolean,
): Progress {
  return isTerminal && !asJson
    ? bar(stream, title, total)
    : lines((line) => void stream.write(`${line}\n`), title, total, asJson);
}

function bar(stream: NodeJS.WritableStream, title: string, total: number): Progress {
  const format = `${title} [{bar}] {percentage}% | {value}/{total} | ETA {eta_formatted}`;
  const single = new SingleBar({ stream, format, clearOnComplete: true }, Presets.legacy);
  single.start(total, 0);
  return {
    update: (done, newTotal) => {
      if (newTotal !== undefined) single.setTotal(newTotal);
      single.update(done);
    },
    stop: () => single.stop(),
  };
}

const LINES = 20;

function lines(
  write: (line: string) => void,
  title: string,
  total: number,
  asJson: boolean,
): Progress {
  let of = total;
  let told = -1;
  return {
    update: (done, newTotal) => {
      of = newTotal ?? of;
      const part = of === 0 ? LINES : Math.floor((done / of) * LINES);
      if (part === told) return;
      told = part;
      write(
        asJson ? JSON.stringify({ progress: title, done, total: of }) : `${title} ${done}/${of}`,
      );
    },
    stop: () => undefined,
  };
}
