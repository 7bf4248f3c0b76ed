import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { asciiBytes, toHex } from '../src/bytes.ts';
import { CODE_KINDS, COLOURS } from '../src/code/colour.ts';
import { KEY_PURPOSES } from '../src/code/trust.ts';
import { stepMs } from '../src/limits.ts';
import { encodeControlBody } from '../src/replica/control.ts';
import { encodeDigests } from '../src/replica/digests.ts';
import { encodeManifest } from '../src/replica/manifest.ts';
import { RISK_LEVELS } from '../src/wire/evidence.ts';
import { REQUEST_SIGNATURE } from '../src/wire/http-signature.ts';
import { encodeEvent, OUTCOMES } from '../src/wire/passage.ts';
import { formatTopic, parseTopic, UPLINK_CHANNELS } from '../src/wire/topics.ts';
import { WIRE_VERSION } from '../src/wire/version.ts';
import { nodeCrypto } from './node-crypto.ts';
import { paperCode, phoneCode, replicaKey, trust } from './sample-codes.ts';
import { alarm, intent, outcome } from './sample-events.ts';
import { digests, encoded, manifest, sealedSegment } from './sample-replica.ts';

const source = resolve(import.meta.dirname, '../src');
const modules = [
  'code/trust.ts',
  'ids.ts',
  'replica/control.ts',
  'replica/digests.ts',
  'replica/manifest.ts',
  'replica/segment.ts',
  'replica/streams.ts',
  'rules/policy.ts',
  ...readdirSync(resolve(source, 'wire')).map((file) => `wire/${file}`),
];

/** One line a version. `change` says for a reader what became different. */
interface WireVersion {
  readonly version: number;
  readonly sha256: string;
  readonly change: string;
}
const history: readonly WireVersion[] = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../vectors/wire-history.json'), 'utf8'),
);

/** Every exported schema of the wire, as JSON Schema. */
async function schemas(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const file of modules) {
    const exported: object = await import(pathToFileURL(resolve(source, file)).href);
    for (const [name, value] of Object.entries(exported)) {
      if (value instanceof z.ZodType) {
        found[`${file} ${name}`] = z.toJSONSchema(value, { unrepresentable: 'any' });
      }
    }
  }
  return found;
}

/** What schemas do not say: bytes that fixed keys make, and the names that both sides know. */
function layouts(): unknown {
  const topic = parseTopic('greengate/1/gw-1/lane-a/scan-01/scan');
  return {
    phoneCode: phoneCode(),
    paperCode: paperCode(),
    segments: [encoded(), encoded(sealedSegment)].map(toHex),
    control: toHex(encodeControlBody([{ name: 'trust-list', ver: 1, body: trust }])),
    manifest: toHex(encodeManifest(manifest, replicaKey.sign)),
    digests: toHex(encodeDigests(digests, nodeCrypto.sha256, replicaKey.sign)),
    events: [intent, outcome, alarm].map((event) => toHex(encodeEvent(event))),
    topic: topic && formatTopic(topic),
    names: {
      ...{ COLOURS, CODE_KINDS, KEY_PURPOSES, OUTCOMES, RISK_LEVELS, UPLINK_CHANNELS },
      ...{ REQUEST_SIGNATURE, stepMs },
    },
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

describe('the wire is pinned', () => {
  test('P32 its shapes and bytes are those of WIRE_VERSION', async () => {
    const text = JSON.stringify(sorted({ schemas: await schemas(), layouts: layouts() }));
    const sha256 = toHex(nodeCrypto.sha256(asciiBytes(text)));
    const line = JSON.stringify({ version: WIRE_VERSION + 1, sha256, change: '...' });
    expect(
      sha256,
      `What goes over the wire changed. Raise WIRE_VERSION in contracts/src/wire/version.ts, end
contracts/vectors/wire-history.json with the line below, and say in it what a gateway of the version before
will meet. While ${WIRE_VERSION} is in no release, its own line may take the new hash instead.
${line}`,
    ).toBe(history.at(-1)?.sha256);
  });

  test('the history has a line a version, the last being the current one', () => {
    expect(history.map(({ version }) => version)).toEqual(
      Array.from({ length: WIRE_VERSION }, (_, i) => i + 1),
    );
    expect(new Set(history.map(({ sha256 }) => sha256)).size).toBe(WIRE_VERSION);
    expect(history.every(({ change }) => change.length > 10)).toBe(true);
  });

  test('it looks at schemas of every family', async () => {
    const names = Object.keys(await schemas());
    expect(names.length).toBeGreaterThan(30);
    for (const name of [
      'wire/passage.ts passageBatchSchema',
      'wire/gate-command.ts gateCommandSchema',
      'code/trust.ts trustListSchema',
      'replica/segment.ts segmentHeaderSchema',
      'replica/control.ts controlDocumentSchema',
      'rules/policy.ts admissionPolicySchema',
    ]) {
      expect(names).toContain(name);
    }
  });
});
