import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { lanesCountMax, passagesPerMinuteMax } from '../limits.ts';

export interface DemoOptions {
  /** Undefined: until Ctrl-C. */
  readonly seconds: number | undefined;
  readonly lanes: number;
  /** Passages a minute a lane. */
  readonly rate: number;
  readonly seed: number;
  /** Seconds after the first passenger between which the cloud is dead. */
  readonly killCloud: { readonly from: number; readonly to: number } | undefined;
  readonly kills: number;
  readonly json: string | undefined;
  readonly keep: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  /** Help was shown (0) or the arguments make no sense (2). */
  | { readonly kind: 'exit'; readonly code: 0 | 2; readonly text: string };

/** Reads the demo's command line. Never prints and never exits. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  let text = '';
  const take = (written: string) => {
    text += written;
  };
  const command = createCommand().configureOutput({ writeOut: take, writeErr: take });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'exit', code: error.exitCode === 0 ? 0 : 2, text };
  }
  const raw = command.opts<Partial<DemoOptions>>();
  const options: DemoOptions = {
    seconds: raw.seconds,
    lanes: raw.lanes ?? 4,
    rate: raw.rate ?? 30,
    seed: raw.seed ?? 1,
    killCloud: raw.killCloud,
    kills: raw.kills ?? 0,
    json: raw.json,
    keep: raw.keep ?? false,
  };
  const problem = contradiction(options);
  return problem === undefined
    ? { kind: 'run', options }
    : { kind: 'exit', code: 2, text: `error: ${problem}\n` };
}

function createCommand(): Command {
  return new Command('npm run demo --')
    .description('Cloud, gateway and a simulated station in one terminal, on free loopback ports.')
    .exitOverride()
    .allowExcessArguments(false)
    .option('--seconds <n>', 'end after this long; without it, Ctrl-C ends', whole(5, 86_400))
    .option(
      '--lanes <n>',
      'lanes, the first with a serial scanner (default 4)',
      whole(1, lanesCountMax),
    )
    .option('--rate <n>', 'passages a minute a lane (default 30)', whole(1, passagesPerMinuteMax))
    .option(
      '--seed <n>',
      'the people, and the order in which they come (default 1)',
      whole(0, 2 ** 31),
    )
    .option('--kill-cloud <A-B>', 'kill -9 the cloud at second A, start it again at B', interval)
    .option('--json <file>', 'write the final report there')
    .option('--keep', 'keep the temporary folder: databases, logs, keys')
    .addOption(
      new Option(
        '--kills <n>',
        'kill -9 gateway or cloud this often, at random moments of the seed; each restarts at once',
      ).argParser(whole(1, 1000)),
    );
}

/** Things that are each allowed, but not together. */
function contradiction({ seconds, killCloud, kills }: DemoOptions): string | undefined {
  if (kills > 0 && seconds === undefined) return '--kills wants --seconds to spread them over';
  if (seconds !== undefined && kills > seconds) return '--kills: at most one a second';
  if (kills > 0 && killCloud) return '--kills and --kill-cloud cannot be used together';
  if (seconds !== undefined && killCloud && killCloud.from >= seconds) {
    return '--kill-cloud begins after --seconds has ended';
  }
  return undefined;
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

function interval(text: string): { from: number; to: number } {
  const [, from, to] = /^(\d{1,6})-(\d{1,6})$/.exec(text) ?? [];
  if (from === undefined || to === undefined || Number(from) >= Number(to)) {
    throw new InvalidArgumentError('Give two seconds, the first one smaller, such as 20-40.');
  }
  return { from: Number(from), to: Number(to) };
}
