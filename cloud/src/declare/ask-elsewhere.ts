import type { Elsewhere, ElsewhereStatus, EvidenceStore } from '../evidence-port.ts';
import { elsewhereStatusesCountMax, elsewhereWaitMsMax } from '../limits.ts';
import type { HolderStore, Log, Timers } from '../ports.ts';

interface AskDeps {
  readonly store: Pick<HolderStore, 'idHashOf'> & Pick<EvidenceStore, 'addElsewhere'>;
  readonly timers: Timers;
  readonly log: Log;
  readonly elsewhere?: Elsewhere;
}

/**
 * Keeps what other regions say of a holder, and answers whether it was new: the holder is due for it. Their trouble
 * is never the holder's.
 */
export async function askElsewhere(holder: string, deps: AskDeps): Promise<boolean> {
  const { store, elsewhere, log } = deps;
  if (elsewhere === undefined) return false;
  const said = await inTime(elsewhere.statusesOf(holder), deps.timers).catch(() => undefined);
  if (said === undefined) {
    log.error('another region did not answer');
    return false;
  }
  const idHash = await store.idHashOf(holder);
  if (idHash === undefined) return false;
  const entries = said.slice(0, elsewhereStatusesCountMax).map((one) => ({ ...one, idHash }));
  return (await store.addElsewhere(entries)).touched.length > 0;
}

function inTime(
  asked: Promise<readonly ElsewhereStatus[]>,
  timers: Timers,
): Promise<readonly ElsewhereStatus[] | undefined> {
  return new Promise((done, fail) => {
    const cancel = timers.after(elsewhereWaitMsMax, () => done(undefined));
    void asked.then(done, fail).finally(cancel);
  });
}
