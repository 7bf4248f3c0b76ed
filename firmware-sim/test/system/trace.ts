import { createHash } from 'node:crypto';

/** What happened in a run, line by line. The same seed gives the same lines, hence the same hash. */
export interface Trace {
  note(...fields: readonly (string | number | boolean)[]): void;
  /** The newest lines, oldest first. */
  tail(): readonly string[];
  hash(): string;
}

const linesKeptMax = 4000;

export function newTrace(now: () => number): Trace {
  const hash = createHash('sha256');
  let lines: string[] = [];
  return {
    note(...fields) {
      const line = `${now().toFixed(3)} ${fields.join(' ')}`;
      hash.update(`${line}\n`);
      lines.push(line);
      if (lines.length > 2 * linesKeptMax) lines = lines.slice(-linesKeptMax);
    },
    tail: () => lines.slice(-linesKeptMax),
    hash: () => hash.copy().digest('hex').slice(0, 32),
  };
}
