import { createInterface } from 'node:readline';
import {
  type OrderReport,
  type PassageReport,
  parseLine,
  type StationOrder,
  stationReportSchema,
} from '../messages.ts';
import type { Children } from './children.ts';
import { COMMANDS } from './config.ts';

/** The simulated station, in a process of its own. */
export interface StationProcess {
  /** Pseudo-terminals by lane. */
  readonly serial: Readonly<Record<string, string>>;
  /** Those that somebody scans on by hand. */
  readonly hand: Readonly<Record<string, string>>;
  readonly orders: readonly OrderReport[];
  readonly passages: readonly PassageReport[];
  tell(order: StationOrder): void;
  /** No more arrivals; resolves when nobody is in the gates, or at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts it; resolves when its devices are plugged in. */
export function startStation(
  configFile: string,
  children: Children,
  onCrash: (why: string) => void,
): Promise<StationProcess> {
  const args = ['--config', configFile];
  const child = children.start('station', COMMANDS.station, args, { talks: true });
  const { stdin, stdout } = child.process;
  if (!stdin || !stdout) throw new Error('the station has no pipes');

  const orders: OrderReport[] = [];
  const passages: PassageReport[] = [];
  let isDone = false;
  let stopped: () => void = () => undefined;
  const isStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const tell = (order: StationOrder) => void stdin.write(`${JSON.stringify(order)}\n`);

  return new Promise((resolve, reject) => {
    void child.ended.then((how) => {
      const why = `station ended by itself (${how}):\n${child.tail()}`;
      if (!isDone) onCrash(why);
      reject(new Error(why));
    });
    createInterface({ input: stdout }).on('line', (line) => {
      const report = parseLine(stationReportSchema, line);
      if (report?.kind === 'order') orders.push(report);
      else if (report?.kind === 'passage') passages.push(report);
      else if (report?.kind === 'stopped') stopped();
      else if (report?.kind === 'plugged') {
        const stop = async (deadlineMs: number) => {
          isDone = true;
          tell({ kind: 'stop' });
          const late = setTimeout(stopped, deadlineMs);
          await isStopped;
          clearTimeout(late);
        };
        resolve({ serial: report.serial, hand: report.hand, orders, passages, tell, stop });
      }
    });
  });
}
