import { sha256HexSchema } from '@greengate/contracts/ids';
import { encodeManifest } from '@greengate/contracts/replica/manifest';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { manifestAgeMsMax } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { type SegmentDeps, signerFor } from './segments.ts';

export interface SignedManifest {
  readonly bytes: Uint8Array;
  /** Strong: a hash of the signed bytes. */
  readonly etag: string;
}

/** The signed manifest of a stream: the same bytes for `manifestAgeMsMax`, or until the stream changes. */
export type Manifests = (stream: StreamName) => Promise<SignedManifest>;

export function makeManifests(deps: SegmentDeps & { readonly clock: Clock }): Manifests {
  const kept = new Map<StreamName, SignedManifest & { mark: string; signedAt: EpochMs }>();
  return async (stream) => {
    const { epoch, head } = await deps.store.stream(stream);
    const segments = await deps.store.segments(stream, epoch);
    const whole = await deps.store.snapshot(stream, epoch);
    const now = deps.clock.now();
    const mark = `${epoch}/${head}/${segments.length}/${segments.at(-1)?.hash}/${whole?.to}`;
    const old = kept.get(stream);
    if (old && old.mark === mark && now - old.signedAt < manifestAgeMsMax) return old;
    // A signed time never goes back, though a clock may: gateways refuse an older manifest.
    const signedAt = epochMs(Math.max(now, old?.signedAt ?? 0));
    const manifest = {
      stream,
      epoch,
      head,
      signedAt,
      segments: segments.map(withHash),
      snapshot: whole ? { to: whole.to, parts: whole.parts.map(withHash) } : null,
    };
    const bytes = encodeManifest(manifest, signerFor(stream, deps.keys).sign);
    const etag = `"${Buffer.from(deps.sha256(bytes)).toString('hex')}"`;
    const made = { bytes, etag, mark, signedAt };
    kept.set(stream, made);
    return made;
  };
}

function withHash<T extends { readonly hash: string }>(one: T) {
  return { ...one, hash: sha256HexSchema.parse(one.hash) };
}
