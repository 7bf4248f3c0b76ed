import { CONTROL } from '@greengate/contracts/replica/streams';
import { type PassageEvent, passageAckSchema } from '@greengate/contracts/wire/passage';
import { passageGapSchema } from '@greengate/contracts/wire/problem';
import { answerBytesMax, pushEventsCountMax, requestTimeoutMs } from '../limits.ts';
import type { CloudAnswer, CloudLink, Journal, JournalPosition, ReplicaWriter } from '../ports.ts';

/** What one push came to. `sent` 0: nothing was waiting. */
export type PushResult =
  | { readonly kind: 'acknowledged'; readonly sent: number }
  /** The cloud lacks what it had acknowledged: the outbox begins again. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Sends the oldest events that the cloud has not acknowledged. Only a well-formed answer moves the cursor, and
 * never past what was sent: no answer of any kind can lose an event (THREATS finding 8).
 *
 * A gap: the cloud lost events, perhaps by a restored backup, and of earlier epochs too, which it cannot know of. So
 * it gets again all that is kept; only `again`, when it is that already, the outbox goes to where the cloud says.
 */
export async function pushOnce(
  ports: { link: CloudLink; journal: Journal },
  eventsMax = pushEventsCountMax,
  again = false,
): Promise<PushResult> {
  const { epoch, events } = await ports.journal.pending(eventsMax);
  const from = events[0]?.seq;
  if (from === undefined) return { kind: 'acknowledged', sent: 0 };
  const answer = await ports.link.post(
    '/v1/passages',
    { epoch, from, events },
    { bytesMax: answerBytesMax, timeoutMs: requestTimeoutMs },
  );
  const acked = readAck(answer, from, events);
  if (acked === undefined) return { kind: 'failed', why: whyOf(answer) };
  const isGap = acked < from;
  await ports.journal.acknowledge(isGap && !again ? ALL_KEPT : { epoch, seq: acked });
  return isGap ? { kind: 'gap' } : { kind: 'acknowledged', sent: acked - from + 1 };
}

/**
 * A cloud that was restored from a backup begins a new epoch of its streams, and may lack events of starts that it
 * cannot ask for: a gateway that has started since then numbers from 1, and there is no gap to see.
 */
export async function beginAgainIfRestored(ports: {
  replica: Pick<ReplicaWriter, 'mark'>;
  journal: Journal;
}): Promise<void> {
  const epoch = (await ports.replica.mark(CONTROL))?.epoch;
  if (epoch !== undefined) await ports.journal.beginAgain(epoch);
}

/** Before every event: what is kept is sent from its first row on. */
const ALL_KEPT: JournalPosition = { epoch: 0, seq: 0 };

function readAck(
  answer: CloudAnswer,
  from: number,
  events: readonly PassageEvent[],
): number | undefined {
  if (answer.kind === 'failed') return undefined;
  const json = parseJson(answer.body);
  if (answer.status === 200) {
    const ack = passageAckSchema.safeParse(json);
    // The cloud may hold more than this batch, of a push whose answer was lost; move past what was sent only.
    const last = from + events.length - 1;
    return ack.success && ack.data.acked >= from ? Math.min(ack.data.acked, last) : undefined;
  }
  const gap = answer.status === 409 ? passageGapSchema.safeParse(json) : undefined;
  return gap?.success && gap.data.acked < from ? gap.data.acked : undefined;
}

function whyOf(answer: CloudAnswer): string {
  if (answer.kind === 'failed') return answer.why;
  return answer.status === 200 ? 'answer-unreadable' : `http-${answer.status}`;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
