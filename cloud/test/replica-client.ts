import { decodeManifest, type Manifest } from '@greengate/contracts/replica/manifest';
import { decodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import type { GatewayKey } from './gateway-client.ts';
import { checkOf, type RunningCloud, sha256 } from './running-cloud.ts';

type StatusSegment = Extract<Segment, { kind: 'status' }>;

/** Reads the streams as a gateway does: signed requests, verified answers. */
export function replicaClient(running: RunningCloud, key: GatewayKey) {
  const signer = (stream: StreamName) =>
    checkOf(stream === CONTROL ? running.keys.root.publicKey : running.keys.replica.publicKey);
  const bytesOf = async (response: Response) => {
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const decode = (bytes: Uint8Array, stream: StreamName): Segment => {
    const segment = decodeSegment(bytes, stream, sha256, signer(stream));
    if (!segment.ok) throw new Error(segment.refusal.code);
    return segment.value;
  };
  const get = (path: string) => running.signed(key, 'GET', path);
  return {
    tailResponse: (stream: string, epoch: number, after: number, wait = 0) =>
      get(`/v1/replica/tail/${encodeURIComponent(stream)}/${epoch}/${after}?wait=${wait}`),
    async tail(stream: StreamName, after: number, wait = 0): Promise<StatusSegment> {
      const segment = decode(
        await bytesOf(await this.tailResponse(stream, 1, after, wait)),
        stream,
      );
      if (segment.kind !== 'status') throw new Error('not a status segment');
      return segment;
    },
    async documents(after = 0) {
      const segment = decode(await bytesOf(await this.tailResponse(CONTROL, 1, after)), CONTROL);
      if (segment.kind !== 'control') throw new Error('not a control segment');
      return segment.documents;
    },
    manifestResponse: (stream: string, headers?: Record<string, string>) =>
      running.signed(
        key,
        'GET',
        `/v1/replica/manifest/${encodeURIComponent(stream)}`,
        undefined,
        headers,
      ),
    async manifest(stream: StreamName): Promise<Manifest> {
      const bytes = await bytesOf(await this.manifestResponse(stream));
      const manifest = decodeManifest(bytes, stream, undefined, signer(stream));
      if (!manifest.ok) throw new Error(manifest.refusal.code);
      return manifest.value;
    },
    segmentResponse: (stream: string, hash: string, headers?: Record<string, string>) =>
      running.signed(
        key,
        'GET',
        `/v1/replica/segment/${encodeURIComponent(stream)}/${hash}`,
        undefined,
        headers,
      ),
    async segment(stream: StreamName, hash: string): Promise<Segment> {
      return decode(await bytesOf(await this.segmentResponse(stream, hash)), stream);
    },
  };
}
