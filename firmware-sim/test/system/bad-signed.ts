import { encodeManifest } from '@greengate/contracts/replica/manifest';
import { encodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import { CONTROL, RED, regionStream } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { nodeCrypto } from '../../../cloud/dist/crypto.js';
import type { Prng } from '../../dist/prng.js';
import { cloudKeys, REGION, RUN_START } from './cloud-node.ts';
import type { CloudSite } from './cloud-site.ts';

const streams = [CONTROL, RED, regionStream(REGION)];

/**
 * What a cloud that is broken or in the wrong hands could sign, and no gateway may follow: the heads and policies of
 * before, an older epoch, statuses signed as control and control signed as statuses, gaps and times of before.
 */
export function badSigned(site: CloudSite, gateway: string, chance: Prng): void {
  const stream = streams[chance.below(streams.length)] ?? RED;
  const { root, replica } = cloudKeys;
  const own = stream === CONTROL ? root : replica;
  const other = stream === CONTROL ? replica : root;
  const before = epochMs(RUN_START - 86_400_000);
  const head = {
    stream,
    epoch: 1,
    level: 'tail',
    from: 0,
    to: 1,
    head: 1,
    part: 0,
    parts: 1,
    signedAt: before,
  } as const;
  const policy = {
    name: 'admission-policy',
    ver: 1,
    body: { ...DEFAULT_POLICY, mode: 'do-not-check' },
  } as const;
  const segment: Segment =
    stream === CONTROL
      ? { ...head, kind: 'control', documents: [policy], unread: 0 }
      : // No gateway can tell a lie that fits what was signed later. This one says more than that.
        { ...head, kind: 'status', to: 1000, head: 1000, entries: [] };
  const gap: Segment = {
    ...segment,
    from: 1_000_000,
    to: 1_000_001,
    head: 1_000_001,
    ...(segment.kind === 'control' ? { documents: [] } : {}),
  };
  const encoded = (one: Segment, sign = own.sign) => encodeSegment(one, nodeCrypto.sha256, sign);
  const tail = `/tail/${encodeURIComponent(stream)}`;
  const manifest = { stream, epoch: 1, head: 0, signedAt: before, segments: [], snapshot: null };
  const lies: readonly (readonly [string, Uint8Array])[] = [
    [tail, encoded(segment)],
    [tail, encoded(segment, other.sign)],
    [tail, encoded(gap)],
    [`/manifest/${encodeURIComponent(stream)}`, encodeManifest(manifest, own.sign)],
    ['/tail/', encoded({ ...segment, epoch: 7 })],
  ];
  const [part, bytes] = lies[chance.below(lies.length)] ?? [tail, encoded(gap)];
  site.sayInstead(gateway, part, bytes);
}
