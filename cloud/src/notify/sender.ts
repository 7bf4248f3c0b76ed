import type { RegionId } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import type {
  NoticeChannels,
  NoticeClaim,
  NoticeFailure,
  NoticeStore,
  SendResult,
} from '../notice-port.ts';
import type { Clock, Metrics, Random } from '../ports.ts';
import type { Sealer } from '../sealer.ts';
import { noticeLeaseMsMax, noticesClaimedCountMax } from './limits.ts';
import { type HolderReference, outgoing } from './message.ts';
import { retryAt } from './schedule.ts';
import { openAddress } from './targets.ts';

export interface SenderDeps {
  readonly store: NoticeStore;
  readonly channels: NoticeChannels;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly region: RegionId;
  readonly addresses: Sealer;
  readonly reference: HolderReference;
}

export interface NoticeSender {
  /** Sends what is due, some at a time, and writes how it went. Answers how many it tried. */
  sendDue(): Promise<number>;
  /** Breaks off what is under way, which is due again at once, and begins no more. */
  stop(): void;
}

/**
 * The outbox's other end: claim, send, conclude. At least once: a crash between sending and concluding sends again
 * under the same id, so whoever receives must know a notice by it.
 */
export function makeSender(deps: SenderDeps): NoticeSender {
  const { store, clock, random, metrics } = deps;
  const owner = Buffer.from(random.bytes(16)).toString('hex');
  const stopping = new AbortController();

  const deliver = async (claim: NoticeClaim): Promise<void> => {
    const channel = claim.to?.channel ?? 'none';
    const result = await attempt(deps, claim, stopping.signal);
    const now = clock.now();
    if (result.kind === 'sent') {
      if (await store.noticeSent(claim, now)) metrics.notices('sent', channel);
      return;
    }
    const { failure, final, retryAfterMs } = result;
    const next = final ? undefined : nextTry(claim, failure, retryAfterMs);
    if (!(await store.noticeFailed(claim, failure, now, next))) return;
    metrics.notices(next === undefined ? 'dead' : 'failed', channel);
  };
  const nextTry = (claim: NoticeClaim, failure: NoticeFailure, askedMs: number | undefined) => {
    const now = clock.now();
    if (failure === 'interrupted') return now;
    return retryAt(claim.attempts, now, chanceOf(random), askedMs);
  };

  return {
    sendDue: async () => {
      if (stopping.signal.aborted) return 0;
      const now = clock.now();
      const until = epochMs(now + noticeLeaseMsMax);
      const claims = await store.claimNotices(owner, now, until, noticesClaimedCountMax);
      const ended = await Promise.allSettled(claims.map(deliver));
      const { oldestDueAt, dead } = await store.noticeQueue();
      metrics.noticeQueue(Math.max(0, clock.now() - (oldestDueAt ?? clock.now())), dead);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
      return claims.length;
    },
    stop: () => stopping.abort(),
  };
}

async function attempt(
  { channels, addresses, region, reference }: SenderDeps,
  claim: NoticeClaim,
  signal: AbortSignal,
): Promise<SendResult> {
  const { to } = claim;
  if (to === undefined) return { kind: 'failed', failure: 'no-target', final: true };
  const send = channels[to.channel];
  if (send === undefined) return { kind: 'failed', failure: 'channel-off', final: false };
  const result = await send(
    outgoing(claim, to, openAddress(addresses, to.sealed), region, reference),
    signal,
  );
  if (result.kind === 'sent' || !signal.aborted) return result;
  return { kind: 'failed', failure: 'interrupted', final: false };
}

/** From 0 to 1. */
function chanceOf(random: Random): number {
  return Buffer.from(random.bytes(4)).readUInt32BE() / 0x1_0000_0000;
}
