import { type AdmissionPolicy, DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import type { Prng } from '../../dist/prng.js';
import { type PhoneCrypto, showCode } from '../../dist/shown-code.js';
import { cloudTime } from './cloud-node.ts';
import { type CloudSite, OPERATOR } from './cloud-site.ts';
import type { Plan } from './faults.ts';
import { phoneKey, runPhones } from './keys.ts';
import type { Boxed } from './run.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type Actor, declaration } from './world.ts';

export interface WorkPorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly prng: Prng;
  readonly plan: Plan;
  readonly actors: readonly Actor[];
  readonly boxes: readonly Boxed[];
  readonly site: CloudSite;
}

/** What the run counts. */
interface Numbers {
  visits: number;
  policies: number;
  readonly phones: PhoneCrypto;
}

const stranger = phoneKey('a stranger').privateKey;

// Nobody arrives in the last part of a run: what was begun comes to its end.
const quietMs = 40_000;
const changeEveryMs = 9000;
const arriveEveryMs = 5500;

/** What goes on anyway: people arrive at the lanes, fall ill and recover, and policies change. */
export function scheduleWork(ports: WorkPorts): void {
  const { time, prng, plan } = ports;
  const numbers: Numbers = { visits: 0, policies: 1, phones: runPhones() };
  const until = plan.endsAt - quietMs;
  const often = plan.gateways > 5 ? 3 : 1;
  const everySoOften = (ms: number, end: number, work: () => void) => {
    const turn = () => {
      if (time.now() >= end) return;
      work();
      time.after(ms / 2 + prng.below(ms), turn);
    };
    time.after(3000 + prng.below(ms), turn);
  };
  everySoOften(changeEveryMs, until, () => changeSomebody(ports, numbers));
  const isStrict = plan.faults.some(({ kind }) => kind === 'silence');
  if (isStrict) time.after(2000, () => changePolicy(ports, numbers, isStrict));
  everySoOften(changeEveryMs * 4, until, () => changePolicy(ports, numbers, isStrict));
  everySoOften(arriveEveryMs * often, until, () => {
    for (const boxed of ports.boxes) arrive(ports, numbers, boxed);
  });
}

/** Whom a change concerned comes to the gates at once: the worst moment. */
function comeSoon(ports: WorkPorts, numbers: Numbers, actor: Actor): void {
  const { time, prng, boxes, plan } = ports;
  for (const { box } of boxes) {
    for (let n = 0; n < 2; n++) {
      const lane = prng.below(plan.lanes + 1);
      time.after(200 + prng.below(6000), () => {
        if (box.isRunning()) showAt(box, lane, codeOf(ports, numbers, actor), actor, prng);
      });
    }
  }
}

function codeOf({ time }: WorkPorts, numbers: Numbers, { passenger }: Actor): string {
  numbers.visits += 1;
  return showCode(passenger, cloudTime(time), numbers.visits, stranger, numbers.phones);
}

function arrive(ports: WorkPorts, numbers: Numbers, { box }: Boxed): void {
  const { time, prng, actors, plan } = ports;
  if (!box.isRunning()) return;
  for (let lane = 0; lane <= plan.lanes; lane++) {
    if (prng.below(3) === 0) continue;
    const actor = actors[prng.below(3) === 0 ? prng.below(actors.length) : prng.below(8)];
    if (!actor) continue;
    const text = codeOf(ports, numbers, actor);
    const wait = prng.below(2500);
    const friend = prng.below(8) === 0 ? 4000 + prng.below(15_000) : undefined;
    const show = (at: number) => time.after(at, () => showAt(box, lane, text, actor, prng));
    show(wait);
    // A friend tries with the same code, at whatever lane is next.
    if (friend !== undefined)
      time.after(wait + friend, () =>
        showAt(box, (lane + 1) % (plan.lanes + 1), text, actor, prng),
      );
  }
}

function showAt(
  box: Boxed['box'],
  lane: number,
  text: string,
  { passenger }: Actor,
  prng: Prng,
): void {
  const bench = box.bus.benches[lane];
  if (!bench) {
    box.fire.show(text);
    return;
  }
  bench.walks = prng.below(10) === 0 ? 'back' : prng.below(12) === 0 ? 'away' : 'through';
  bench.show(text, passenger.person.reading === 'nan' ? null : passenger.person.celsius);
}

function changeSomebody(ports: WorkPorts, numbers: Numbers): void {
  const { prng, actors, site, time } = ports;
  const known = actors.filter(({ bearer }) => bearer !== undefined);
  const actor = known[prng.below(known.length)];
  if (!actor?.bearer) return;
  comeSoon(ports, numbers, actor);
  if (prng.below(4) === 0) {
    const since = new Date(cloudTime(time)).toISOString().slice(0, 10);
    const entries = [{ idNumber: actor.passenger.person.idNumber, since }];
    void site.call(OPERATOR, 'POST', '/v1/lists/confirmed', { entries });
    return;
  }
  void site.call(actor.bearer, 'POST', '/v1/declarations', declaration(prng.below(2) === 0));
}

function changePolicy({ prng, site }: WorkPorts, numbers: Numbers, isStrict: boolean): void {
  numbers.policies += 1;
  const strict = isStrict || prng.below(3) === 0;
  const policy: AdmissionPolicy = {
    ...DEFAULT_POLICY,
    version: numbers.policies,
    yellow: prng.below(2) === 0 ? 'refer' : 'refuse',
    temperature: prng.below(4) === 0 ? 'off' : 'where-fitted',
    codeColourSecondsMax: prng.below(3) === 0 ? 0 : 86_400,
    staleness: strict
      ? { agedAfterSeconds: 30, restrictedAfterSeconds: 35, blindAfterSeconds: 45 }
      : DEFAULT_POLICY.staleness,
    mode: prng.below(12) === 0 ? 'do-not-check' : 'everyone',
  };
  void site.call(OPERATOR, 'PUT', '/v1/policy', policy);
}
