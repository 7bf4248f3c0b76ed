import { writeFileSync } from 'node:fs';
import { asciiBytes, toHex } from '../src/bytes.ts';
import { encodeCbor } from '../src/cbor.ts';
import { mintToken, presentToken, printToken } from '../src/code/health-code.ts';
import { proofMessage, stepAt, toLowS } from '../src/code/holder-proof.ts';
import { verifyCode } from '../src/code/verify-code.ts';
import { decodeManifest, encodeManifest, type ManifestMark } from '../src/replica/manifest.ts';
import { decodeSegment, type Segment } from '../src/replica/segment.ts';
import { CONTROL, RED, type StreamName } from '../src/replica/streams.ts';
import { epochMs } from '../src/time.ts';
import { contentDigest, REQUEST_SIGNATURE } from '../src/wire/http-signature.ts';
import { encodeEvent } from '../src/wire/passage.ts';
import { parseTopic } from '../src/wire/topics.ts';
import { type GoldenVectors, plain, signatureBaseOf, vectorPath } from '../vectors/golden.case.ts';
import { nodeCrypto, testKey } from './node-crypto.ts';
import { twinOf } from './p256-signer.ts';
import {
  ABROAD,
  abroadKey,
  bytesOf,
  codeOf,
  flipped,
  issuerKey,
  januaryKey,
  NOW,
  otherPhone,
  paperClaims,
  paperCode,
  phone,
  phoneClaims,
  phoneCode,
  replicaKey,
  stagingKey,
  strangerKey,
  trust,
} from './sample-codes.ts';
import { alarm, intent, outcome } from './sample-events.ts';
import {
  check,
  controlSegment,
  encoded,
  manifest,
  STREAM,
  sealedSegment,
  statusSegment,
} from './sample-replica.ts';

/** Makes every golden vector anew from fixed keys: the same bytes at every run. */
export function makeVectors(): GoldenVectors {
  return {
    codes: codes(),
    replica: replica(),
    passages: passages(),
    'http-signature': httpSignature(),
    topics: topics(),
  };
}

export function writeVectors(vectors: GoldenVectors): void {
  for (const [name, content] of Object.entries(vectors)) {
    writeFileSync(vectorPath(name), `${JSON.stringify(content, null, 2)}\n`);
  }
}

function codes(): GoldenVectors['codes'] {
  const token = mintToken(phoneClaims, issuerKey.keyId, issuerKey.sign);
  const step = stepAt(NOW);
  const proof = toLowS(phone.sign(proofMessage(nodeCrypto.sha256(token), step)));
  const shown: [title: string, text: string, laterMs?: number][] = [
    ['a phone code', phoneCode()],
    ['a phone code one step later', phoneCode(), 59_999],
    ['a phone code two steps later', phoneCode(), 60_000],
    ['a phone code two steps early', phoneCode(), -30_001],
    ['a phone code of a red holder', phoneCode(NOW, { ...phoneClaims, colour: 'red' })],
    ['a paper code', paperCode()],
    ['a dependent code', paperCode({ ...paperClaims, kind: 'dependent' })],
    ['a converted code', paperCode({ ...paperClaims, kind: 'converted', nextColour: 'pending' })],
    ['no Base45', 'GC1:abc'],
    ['another format', 'HC1:6BF'],
    ['cut off', phoneCode().slice(0, 300)],
    ['too long', 'GC1:'.padEnd(513, '0')],
    ['alg ES256', algorithmOf(-7)],
    ['no claims', codeOf(encodeCbor([bytesOf(algorithmOf(-8)), 0, new Uint8Array(64)]))],
    ['a key nobody knows', paperCode(paperClaims, strangerKey)],
    ['a key for segments', paperCode(paperClaims, replicaKey)],
    ['a key of staging', paperCode(paperClaims, stagingKey)],
    ['a key of January', paperCode(paperClaims, januaryKey)],
    ['one bit of the signature turned', codeOf(flipped(bytesOf(paperCode()), 1000))],
    ['a region that signs as another', paperCode(paperClaims, abroadKey)],
    ['a foreign region', paperCode({ ...paperClaims, iss: ABROAD }, abroadKey)],
    ['a code of tomorrow', paperCode({ ...paperClaims, issuedAt: epochMs(NOW + 86_400_000) })],
    ['a code that expired', paperCode(), 86_400_000],
    ['a phone code without a proof', printToken(token)],
    ['a proof by another phone', presentToken(token, step, nodeCrypto.sha256, otherPhone.sign)],
    ['the twin of a proof', codeOf(encodeCbor([token, step, twinOf(proof)]))],
    ['a proof on paper', codeOf(encodeCbor([bytesOf(paperCode()), step, proof]))],
  ];
  const cases = shown.map(([title, text, laterMs = 0]) => {
    const now = epochMs(NOW + laterMs);
    return { title, text, now, expected: plain(verifyCode(text, trust, now, nodeCrypto)) };
  });
  return { trust, cases };
}

/** A COSE_Sign1 without a content, its header of this algorithm. */
function algorithmOf(alg: number): string {
  const header = new Map<number, unknown>([
    [1, alg],
    [4, Uint8Array.from(Buffer.from(issuerKey.keyId, 'hex'))],
  ]);
  const content = encodeCbor(new Map());
  return codeOf(encodeCbor([encodeCbor(header), new Map(), content, new Uint8Array(64)]));
}

function replica(): GoldenVectors['replica'] {
  const red: Segment = { ...statusSegment, stream: RED } as Segment;
  const empty: Segment = { ...statusSegment, kind: 'status', to: 100, entries: [] };
  const segments: [title: string, stream: StreamName, bytes: Uint8Array][] = [
    ['three statuses', STREAM, encoded()],
    ['three statuses, sealed', STREAM, encoded(sealedSegment)],
    ['the red stream', RED, encoded(red)],
    ['nothing', STREAM, encoded(empty)],
    ['a trust list and a policy', CONTROL, encoded(controlSegment)],
    ['of another stream', RED, encoded()],
    ['one bit of the body turned', STREAM, flipped(encoded(), encoded().length * 8 - 1)],
    ['one bit of the header turned', STREAM, flipped(encoded(), 100)],
    ['cut in the body', STREAM, encoded().slice(0, -1)],
    ['cut in the header', STREAM, encoded().slice(0, 100)],
  ];
  const held: ManifestMark = { epoch: 7, head: 104, signedAt: NOW };
  const bytes = encodeManifest(manifest, replicaKey.sign);
  const manifests: [title: string, stream: StreamName, bytes: Uint8Array, held?: ManifestMark][] = [
    ['one segment', STREAM, bytes],
    ['the same again', STREAM, bytes, { epoch: 7, head: 103, signedAt: NOW }],
    ['older than what is held', STREAM, bytes, held],
    ['of another stream', RED, bytes],
    ['cut off', STREAM, bytes.slice(0, -1)],
  ];
  return {
    publicKey: replicaKey.publicKey,
    segments: segments.map(([title, stream, whole]) => ({
      title,
      stream,
      hex: toHex(whole),
      expected: plain(decodeSegment(whole, stream, nodeCrypto.sha256, check)),
    })),
    manifests: manifests.map(([title, stream, whole, mark]) => ({
      title,
      stream,
      ...(mark && { held: mark }),
      hex: toHex(whole),
      expected: plain(decodeManifest(whole, stream, mark, check)),
    })),
  };
}

function passages(): GoldenVectors['passages'] {
  const events = [
    ['an intent', intent],
    [
      'an intent without a key',
      { ...intent, key: null, verdict: 'refuse', reason: 'code-expired', rung: 'code' },
    ],
    ['an outcome', outcome],
    ['an alarm', alarm],
  ] as const;
  return events.map(([title, event]) => {
    const bytes = encodeEvent(event);
    return { title, event, hex: toHex(bytes), sha256: toHex(nodeCrypto.sha256(bytes)) };
  });
}

function httpSignature(): GoldenVectors['http-signature'] {
  const gateway = testKey(7);
  const request = {
    publicKey: gateway.publicKey,
    keyId: gateway.keyId,
    method: 'POST',
    targetUri: 'https://cloud.example/v1/passages',
    body: '{"epoch":1,"from":1,"events":[]}',
    created: NOW / 1000,
    expires: NOW / 1000 + 60,
    nonce: '0123456789abcdef0123456789abcdef',
  };
  const sha256 = nodeCrypto.sha256(asciiBytes(request.body));
  const digest = contentDigest(Buffer.from(sha256).toString('base64'));
  const { base, input } = signatureBaseOf(request, digest, REQUEST_SIGNATURE);
  const signature = Buffer.from(gateway.sign(asciiBytes(base))).toString('base64');
  return {
    ...request,
    headers: {
      contentDigest: digest,
      signatureInput: `${REQUEST_SIGNATURE.label}=${input}`,
      signature: `${REQUEST_SIGNATURE.label}=:${signature}:`,
    },
    signatureBase: base,
  };
}

function topics(): GoldenVectors['topics'] {
  const own = 'greengate/1/gw-1/lane-a/scan-01';
  return [
    ...['scan', 'temperature', 'passage', 'state', 'command', 'ack'].map((c) => `${own}/${c}`),
    `${own}/+`,
    `${own}/open`,
    `${own}/scan/x`,
    'greengate/2/gw-1/lane-a/scan-01/scan',
    'greengate/1/gw-1//scan-01/scan',
    '$SYS/broker/uptime',
    '#',
    '',
  ].map((text) => ({ text, expected: parseTopic(text) ?? null }));
}
