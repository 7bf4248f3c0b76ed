import { concatBytes } from '@greengate/contracts/bytes';
import type { Sha256Hex } from '@greengate/contracts/ids';
import { manifestBytesMax, segmentBytesMax } from '@greengate/contracts/limits';
import type { Manifest } from '@greengate/contracts/replica/manifest';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { requestTimeoutMs, tailTimeoutMs, tailWaitSeconds } from '../limits.ts';
import type { CloudAnswer, CloudLink, PartStore, ReplicaWriter, StreamMark } from '../ports.ts';
import type { Live } from './live.ts';
import { type Fetch, planFetches } from './plan.ts';

/** Why a round brought nothing: a refusal of what came, or what the network or the cloud answered. */
export type PullFailure = {
  readonly why: string;
  /** All was well until now: whoever counts failures begins anew. */
  readonly wasWell?: true;
};

export interface PullPorts {
  readonly link: CloudLink;
  readonly replica: ReplicaWriter;
  /** Absent: changes are waited for on the held tail alone. */
  readonly live?: Live;
  /** Absent: a segment that breaks off is fetched from its first byte. */
  readonly parts?: PartStore;
  /** A manifest or a segment was verified and is in force; it may hold nothing but the time. */
  onVerified(stream: StreamName, signedAt: EpochMs): void;
  /**
   * What came cannot be used in full, and nobody at the gate would see it: `control-invalid` for documents that
   * this version cannot read, `replica-damaged` for a file that is being fetched anew.
   */
  onTrouble(stream: StreamName, why: 'control-invalid' | 'replica-damaged'): void;
}

/** The manifest that was read last, so that one that has not changed is not sent again. */
export interface KeptManifest {
  last?: { readonly etag: string; readonly manifest: Manifest };
}

/**
 * One round of one stream: catch up by manifest and segments where that is needed, else wait for changes on
 * the live line, or on the tail where there is no line. Whatever fails to verify is dropped and told; what is held stays in force.
 */
export async function pullStream(
  ports: PullPorts,
  stream: StreamName,
  needsManifest: boolean,
  kept: KeptManifest = {},
): Promise<PullFailure | undefined> {
  let mark = await ports.replica.mark(stream);
  // One that holds nothing is better off with segments than with the tail.
  if (needsManifest || !mark || (mark.cursor === 0 && mark.head > 0)) {
    // A replica that was set aside knows nothing of a manifest, whoever else still does.
    if (!mark) delete kept.last;
    const failure = await catchUp(ports, stream, kept);
    if (failure) return failure;
    mark = await ports.replica.mark(stream);
  }
  if (!mark) return { why: 'manifest-malformed' };
  const heard = (await ports.live?.follow(stream)) ?? 'no-line';
  return heard === 'no-line' ? followTail(ports, stream, mark) : heard;
}

async function catchUp(
  ports: PullPorts,
  stream: StreamName,
  kept: KeptManifest,
): Promise<PullFailure | undefined> {
  const { link, replica } = ports;
  const { last } = kept;
  delete kept.last;
  const answer = await link.get(`/v1/replica/manifest/${encodeURIComponent(stream)}`, {
    bytesMax: manifestBytesMax,
    timeoutMs: requestTimeoutMs,
    ...(last ? { etag: last.etag } : {}),
  });
  if (last && answer.kind === 'answer' && answer.status === 304) {
    const failure = await fetchSegments(ports, stream, last.manifest);
    if (!failure) kept.last = last;
    return failure;
  }
  const bytes = bodyOf(answer);
  if (!bytes.ok) return bytes.failure;
  const manifest = await replica.offerManifest(stream, bytes.body);
  if (!manifest.ok) return { why: manifest.refusal.code };
  ports.onVerified(stream, epochMs(manifest.value.signedAt));
  const failure = await fetchSegments(ports, stream, manifest.value);
  // After a failure the next round asks for all of it: what failed may have been the manifest.
  if (!failure && answer.kind === 'answer' && answer.etag !== undefined) {
    kept.last = { etag: answer.etag, manifest: manifest.value };
  }
  return failure;
}

async function fetchSegments(
  ports: PullPorts,
  stream: StreamName,
  manifest: Manifest,
): Promise<PullFailure | undefined> {
  const mark = await ports.replica.mark(stream);
  const plan = mark && planFetches(mark, manifest);
  if (!plan) return { why: 'segment-gap' };
  for (const wanted of plan) {
    const bytes = await fetchSegment(ports, stream, wanted);
    if (!bytes.ok) return bytes.failure;
    const failure = await apply(ports, stream, bytes.body, wanted.hash);
    // Applied or refused: what is held of it is of no more use.
    await ports.parts?.drop(stream);
    if (failure) return failure;
  }
  return undefined;
}

/** A segment from where it broke off, which may have been before a restart. */
async function fetchSegment(
  { link, parts }: PullPorts,
  stream: StreamName,
  { hash, bytes }: Fetch,
): Promise<Body> {
  const held = (await parts?.held(stream, hash)) ?? new Uint8Array(0);
  if (held.length >= bytes) return { ok: true, body: held };
  const answer = await link.get(`/v1/replica/segment/${encodeURIComponent(stream)}/${hash}`, {
    bytesMax: segmentBytesMax,
    timeoutMs: requestTimeoutMs,
    ...(parts
      ? { resume: { from: held.length, onBytes: (chunk) => parts.append(stream, hash, chunk) } }
      : {}),
  });
  if (answer.kind === 'answer' && answer.status === 206 && held.length > 0) {
    return { ok: true, body: concatBytes(held, answer.body) };
  }
  return bodyOf(answer);
}

async function followTail(
  ports: PullPorts,
  stream: StreamName,
  mark: StreamMark,
): Promise<PullFailure | undefined> {
  const path = `/v1/replica/tail/${encodeURIComponent(stream)}/${mark.epoch}/${mark.cursor}`;
  const answer = await ports.link.get(`${path}?wait=${tailWaitSeconds}`, {
    bytesMax: segmentBytesMax,
    timeoutMs: tailTimeoutMs,
  });
  const bytes = bodyOf(answer);
  if (!bytes.ok) return bytes.failure;
  return apply(ports, stream, bytes.body);
}

/** Offers a segment to the replica, and tells what came of it. */
export async function apply(
  ports: Pick<PullPorts, 'replica' | 'onVerified' | 'onTrouble'>,
  stream: StreamName,
  bytes: Uint8Array,
  hash?: Sha256Hex,
): Promise<PullFailure | undefined> {
  const applied = await ports.replica.offerSegment(stream, bytes, hash);
  if (!applied.ok) {
    const why = applied.refusal.code;
    if (why === 'replica-damaged') ports.onTrouble(stream, why);
    return { why };
  }
  ports.onVerified(stream, applied.value.signedAt);
  if (applied.value.unread > 0) ports.onTrouble(stream, 'control-invalid');
  return undefined;
}

type Body = { ok: true; body: Uint8Array } | { ok: false; failure: PullFailure };

function bodyOf(answer: CloudAnswer): Body {
  if (answer.kind === 'failed') return { ok: false, failure: { why: answer.why } };
  if (answer.status === 200) return { ok: true, body: answer.body };
  const why = answer.status === 410 ? 'epoch-changed' : `http-${answer.status}`;
  return { ok: false, failure: { why } };
}
