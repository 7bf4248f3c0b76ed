import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import type { PassageEvent } from '@greengate/contracts/wire/passage';
import { storedEvent } from '../../../cloud/dist/passages/batch.js';
import type { Store } from '../../../cloud/dist/ports.js';
import type { CloudSite } from './cloud-site.ts';
import { filesOf } from './disk.ts';
import type { Plan } from './faults.ts';
import { STREAMS } from './gateway-box.ts';
import { eventName, type Report } from './oracles.ts';
import type { Canaries } from './personal.ts';
import type { Boxed } from './run.ts';
import { judgeAdmissions, type Truth } from './truth.ts';
import type { Actor } from './world.ts';

export interface EndPorts {
  readonly plan: Plan;
  readonly boxes: readonly Boxed[];
  readonly site: CloudSite;
  readonly truth: Truth;
  readonly actors: readonly Actor[];
  readonly report: Report;
  readonly personal: Canaries;
}

/** What can only be said when all is over: S1 by the whole change log, S2, S4 on the disks, and L1. */
export async function judgeEnd({
  plan,
  boxes,
  site,
  truth,
  actors,
  report,
  personal,
}: EndPorts): Promise<void> {
  const store = site.life()?.store;
  if (!store) return report('L1', 'the cloud is down at the end');
  await truth.read(store);
  const cloned = plan.faults.filter(({ kind }) => kind === 'clone').map(({ gateway }) => gateway);
  for (const [at, { box, record }] of boxes.entries()) {
    judgeAdmissions(box.label, record, actors, truth, report);
    for (const bytes of filesOf(box.folder())) personal.look(`a file of ${box.label}`, bytes);
    const isClone = at >= plan.gateways;
    if (!isClone)
      await judgeAgreement({ box, isRestored: site.restored() > 0 }, store, actors, report);
  }
  for (let n = 0; n < plan.gateways; n++) {
    const own = boxes.filter(({ box }) => box.id === boxes[n]?.box.id);
    await judgeEvents(own, store, cloned.includes(n), report);
  }
}

const rowsMax = 100_000;
const pendingMax = 4;

/** S2: whatever a gateway was told to be on its disk is in the cloud, once. */
async function judgeEvents(
  boxes: readonly Boxed[],
  store: Store,
  isCloned: boolean,
  report: Report,
): Promise<void> {
  const id = boxes[0]?.box.id;
  if (id === undefined) return;
  const label = boxes[0]?.box.label;
  const held = new Map<string, number>();
  const outcomes = new Map<string, number>();
  const intents = new Set<string>();
  const count = (event: PassageEvent) => {
    held.set(eventName(event), (held.get(eventName(event)) ?? 0) + 1);
    if (event.kind === 'intent') intents.add(event.passage);
    if (event.kind === 'outcome')
      outcomes.set(event.passage, (outcomes.get(event.passage) ?? 0) + 1);
  };
  for (const { payload } of await store.passages(id, undefined, rowsMax))
    count(storedEvent(payload));
  for (const { payload, reason } of await store.deadLetters(id, undefined, rowsMax)) {
    // What nobody could read is kept as it came, and says nothing of any event.
    if (reason === 'passages-conflict') count(storedEvent(payload));
  }
  let lost = 0;
  const told = boxes.flatMap(({ record: { told: all, damagedAt } }) =>
    all.filter(({ at }) => at > damagedAt()).map(({ draft }) => draft),
  );
  const wanted = new Map<string, number>();
  for (const draft of told) wanted.set(eventName(draft), (wanted.get(eventName(draft)) ?? 0) + 1);
  for (const [name, times] of wanted) lost += Math.max(0, times - (held.get(name) ?? 0));
  if (lost > 0)
    report('S2', `${lost} of ${told.length} acknowledged events of ${label} are not in the cloud`);
  if (isCloned || boxes.some(({ record }) => record.damagedAt() > 0)) return;
  const doubled = [...held].filter(([name, times]) => times > Math.max(1, wanted.get(name) ?? 0));
  if (doubled.length > 0)
    report('S2', `${doubled.length} events of ${label} are in the cloud twice`);
  const twice = [...outcomes].filter(([, times]) => times > 1).length;
  if (twice > 0) report('S2', `${twice} passages of ${label} ended twice`);
  const open = [...intents].filter((passage) => !outcomes.has(passage)).length;
  if (open > 0) report('L1', `${open} passages of ${label} never ended`);
}

/** L1: after the faults every gateway holds what the cloud holds, and has handed over what it wrote. */
async function judgeAgreement(
  { box, isRestored }: { box: Boxed['box']; isRestored: boolean },
  store: Store,
  actors: readonly Actor[],
  report: Report,
): Promise<void> {
  const view = box.replica();
  if (!view || !box.isRunning()) return report('L1', `${box.label} does not run at the end`);
  if (box.pending() > pendingMax) {
    report('L1', `${box.label} has ${box.pending()} events in its outbox`);
  }
  for (const stream of STREAMS) {
    const { epoch, head } = await store.stream(stream);
    const held = view.streams().find(({ name }) => name === stream);
    if (held?.epoch !== epoch || held.cursor !== head) {
      report(
        'L1',
        `${box.label} holds ${held?.epoch}/${held?.cursor} of ${stream}, the cloud ${epoch}/${head}`,
      );
    }
    if (stream !== CONTROL) await judgeRows(box.label, stream, store, head, view, actors, report);
  }
  const documents = await store.documents(0, rowsMax, rowsMax);
  const newest = documents.filter(({ name }) => name === 'admission-policy').at(-1);
  const version = view.policy()?.version ?? 0;
  // Rules never fall: what a gateway had before a restore it keeps until there is something newer.
  const isAhead = isRestored && version > (newest?.body.version ?? 0);
  if (newest && version !== newest.body.version && !isAhead) {
    report(
      'L1',
      `${box.label} has policy ${view.policy()?.version}, the cloud ${newest.body.version}`,
    );
  }
}

async function judgeRows(
  label: string,
  stream: StreamName,
  store: Store,
  head: number,
  view: NonNullable<ReturnType<Boxed['box']['replica']>>,
  actors: readonly Actor[],
  report: Report,
): Promise<void> {
  const changes = await store.changes(stream, 0, head, rowsMax);
  for (const { key } of actors) {
    if (key === undefined) continue;
    const truth = changes.filter((entry) => entry.key === key).at(-1);
    const held = stream === 'red' ? view.red(key) : view.status(key);
    if (truth?.colour !== held?.colour || truth?.validUntil !== held?.validUntil) {
      report('L1', `${label} and the cloud disagree on a row of ${stream}`);
    }
  }
}
