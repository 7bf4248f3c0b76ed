import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../edge/dist/ports.js';
import { createPrng } from '../../dist/prng.js';
import type { Bug } from './bugs.ts';
import { type CloudSite, cloudSite } from './cloud-site.ts';
import type { Plan } from './faults.ts';
import { type GatewayBox, gatewayBox, type Patch } from './gateway-box.ts';
import { scheduleFaults } from './inject.ts';
import { judgeEnd } from './judge-end.ts';
import { fairWeather, networkFor, type Weather } from './network.ts';
import { type BoxRecord, type Report, type Violation, watchBox } from './oracles.ts';
import { canaries } from './personal.ts';
import { newTrace } from './trace.ts';
import { newTruth } from './truth.ts';
import { virtualTime } from './virtual-time.ts';
import { scheduleWork } from './work.ts';
import type { FirstDay } from './world.ts';

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly hash: string;
  readonly violations: readonly Violation[];
  readonly tail: readonly string[];
  /** Counts that show that the run was one: admitted passages, events in the cloud, answers. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A box of the run with what the oracles know of it, and its way to the cloud. */
export interface Boxed {
  readonly box: GatewayBox;
  readonly record: BoxRecord;
  readonly weather: Weather;
}

export interface RunOptions {
  readonly plan: Plan;
  readonly firstDay: FirstDay;
  /** Where the run may write. */
  readonly folder: string;
  /** A planted bug; absent: none. */
  readonly bug?: Bug | undefined;
}

/** Plays one plan to its end and judges it. */
export async function playPlan({ plan, firstDay, folder, bug }: RunOptions): Promise<Outcome> {
  const time = virtualTime();
  const trace = newTrace(time.now);
  const truth = newTruth();
  const prng = createPrng(plan.seed);
  const violations: Violation[] = [];
  const report: Report = (oracle, what) => {
    trace.note('VIOLATION', oracle, what);
    if (violations.length < violationsKeptMax) violations.push({ oracle, what, at: time.now() });
  };
  const personal = canaries(firstDay.actors, report);
  const log = logOf(personal.look);
  mkdirSync(folder, { recursive: true });

  const site: CloudSite = await cloudSite({
    time,
    trace,
    truth,
    log,
    prng: prng.fork('cloud'),
    folder,
    firstDay,
    patch: bug?.cloud ?? {},
  });
  const delivered = { count: 0 };
  const addBox = (n: number, label: string, disk: string): Boxed => {
    const record = watchBox({ time, trace, report }, label);
    const weather = fairWeather();
    const network = networkFor(
      {
        ...{ time, trace, cloud: site.life, instead: (name, path) => site.instead(name, path) },
        answer: bug?.cloud?.answer ?? ((_path, _status, body) => body),
        onDelivered: (_, { path, body }) => {
          delivered.count += 1;
          personal.look(`an answer to ${path}`, body);
        },
      },
      label,
      weather,
      prng.fork(`network ${label}`),
    );
    const box = gatewayBox(
      { time, trace, log, watch: record.watch, patch: bug?.gateway ?? asItIs, fetch: network },
      { n, label, folder: disk, lanes: plan.lanes, prng: prng.fork(`box ${label}`) },
    );
    const boxed = { box, record, weather };
    boxes.push(boxed);
    return boxed;
  };
  const boxes: Boxed[] = [];
  for (let n = 0; n < plan.gateways; n++) {
    const disk = join(folder, `gw-${n}`);
    mkdirSync(disk);
    const { box } = addBox(n, `gw-${n}`, disk);
    time.after(prng.below(3000), box.start);
  }
  scheduleWork({
    time,
    trace,
    prng: prng.fork('work'),
    plan,
    actors: firstDay.actors,
    boxes,
    site,
  });
  scheduleFaults({ time, trace, plan, boxes, site, addBox, report });
  await time.runUntil(plan.endsAt);
  await judgeEnd({ plan, boxes, site, truth, actors: firstDay.actors, report, personal });
  const counts = {
    passages: boxes.reduce((sum, { record }) => sum + record.passages.size, 0),
    told: boxes.reduce((sum, { record }) => sum + record.told.length, 0),
    answers: delivered.count,
  };
  trace.note('end', JSON.stringify(counts), violations.length);
  for (const { box } of boxes) box.kill('end');
  await site.close();
  await time.runUntil(plan.endsAt + 1);
  rmSync(folder, { recursive: true, force: true });
  return { seed: plan.seed, hash: trace.hash(), violations, tail: trace.tail(), counts };
}

const violationsKeptMax = 50;
const asItIs: Patch = (ports) => ports;

/** A log that is read for what should not be in it. */
function logOf(look: (where: string, bytes: Uint8Array) => void): Log {
  const line = (event: string, fields?: object) =>
    look('a log', new TextEncoder().encode(`${event} ${JSON.stringify(fields ?? {})}`));
  return { info: line, warn: line, error: line };
}
