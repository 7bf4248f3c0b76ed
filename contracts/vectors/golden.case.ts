import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fromHex, toHex } from '../src/bytes.ts';
import type { TrustList } from '../src/code/trust.ts';
import type { verifyCode } from '../src/code/verify-code.ts';
import type { Crypto } from '../src/crypto.ts';
import type { decodeManifest, ManifestMark } from '../src/replica/manifest.ts';
import type { decodeSegment } from '../src/replica/segment.ts';
import { streamNameSchema } from '../src/replica/streams.ts';
import type { Result } from '../src/result.ts';
import { epochMs } from '../src/time.ts';
import type { contentDigest, REQUEST_SIGNATURE } from '../src/wire/http-signature.ts';
import type { encodeEvent, PassageEvent } from '../src/wire/passage.ts';
import type { parseTopic } from '../src/wire/topics.ts';

/** contracts as a workspace imports it; every workspace holds its own against the vectors. */
export interface GoldenApi {
  readonly verifyCode: typeof verifyCode;
  readonly decodeSegment: typeof decodeSegment;
  readonly decodeManifest: typeof decodeManifest;
  readonly encodeEvent: typeof encodeEvent;
  readonly parseTopic: typeof parseTopic;
  readonly contentDigest: typeof contentDigest;
  readonly REQUEST_SIGNATURE: typeof REQUEST_SIGNATURE;
}

/** One case: `actual()` must be deeply equal to `expected`, whatever test runner compares them. */
export interface GoldenCase {
  readonly title: string;
  readonly actual: () => unknown;
  readonly expected: unknown;
}

export interface CodeVectors {
  readonly trust: TrustList;
  /** `now` is EpochMs; `expected` is the plain form of what verifyCode answers. */
  readonly cases: readonly { title: string; text: string; now: number; expected: unknown }[];
}

export interface ReplicaVectors {
  /** Raw Ed25519 key that signed all of them, hex. */
  readonly publicKey: string;
  readonly segments: readonly { title: string; stream: string; hex: string; expected: unknown }[];
  readonly manifests: readonly {
    title: string;
    stream: string;
    held?: ManifestMark;
    hex: string;
    expected: unknown;
  }[];
}

/** `hex` is encodeEvent of the event, `sha256` the payload hash that both sides compute. */
export type PassageVectors = readonly {
  title: string;
  event: PassageEvent;
  hex: string;
  sha256: string;
}[];

export interface HttpSignatureVector {
  readonly publicKey: string;
  readonly keyId: string;
  readonly method: string;
  readonly targetUri: string;
  readonly body: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly expires: number;
  readonly nonce: string;
  /** The three header fields that go out. */
  readonly headers: { contentDigest: string; signatureInput: string; signature: string };
  /** RFC 9421 section 2.5: what the signature covers. */
  readonly signatureBase: string;
}

export type TopicVectors = readonly { text: string; expected: unknown }[];

/** The JSON files beside this one, by name. */
export interface GoldenVectors {
  readonly codes: CodeVectors;
  readonly replica: ReplicaVectors;
  readonly passages: PassageVectors;
  readonly 'http-signature': HttpSignatureVector;
  readonly topics: TopicVectors;
}

export function vectorPath(name: string): string {
  return resolve(import.meta.dirname, `${name}.json`);
}

/** Every golden case, for any workspace's test file to run. `crypto` is that workspace's own. */
export function goldenCases(crypto: Crypto, api: GoldenApi): GoldenCase[] {
  return [
    ...codeCases(read('codes'), crypto, api),
    ...replicaCases(read('replica'), crypto, api),
    ...passageCases(read('passages'), crypto, api),
    ...httpSignatureCases(read('http-signature'), crypto, api),
    ...read('topics').map(({ text, expected }) => ({
      title: `topic ${JSON.stringify(text)}`,
      actual: () => api.parseTopic(text) ?? null,
      expected,
    })),
  ];
}

/** A result as JSON has it: `{ value }` or `{ refusal }`, bytes as hex. */
export function plain(result: Result<unknown>): unknown {
  return jsonOf(result.ok ? { value: result.value } : { refusal: result.refusal.code });
}

/** The signature base of RFC 9421 section 2.5 and the Signature-Input, by the profile. */
export function signatureBaseOf(
  vector: Omit<HttpSignatureVector, 'headers' | 'signatureBase'>,
  digest: string,
  profile: typeof REQUEST_SIGNATURE,
): { base: string; input: string } {
  const component = {
    '@method': vector.method,
    '@target-uri': vector.targetUri,
    'content-digest': digest,
  };
  const parameter = {
    created: `${vector.created}`,
    expires: `${vector.expires}`,
    nonce: `"${vector.nonce}"`,
    keyid: `"${vector.keyId}"`,
    tag: `"${profile.tag}"`,
  };
  const names = profile.components.map((name) => `"${name}"`).join(' ');
  const parameters = profile.parameters.map((name) => `;${name}=${parameter[name]}`).join('');
  const input = `(${names})${parameters}`;
  const lines = profile.components.map((name) => `"${name}": ${component[name]}`);
  return { base: [...lines, `"@signature-params": ${input}`].join('\n'), input };
}

function read<Name extends keyof GoldenVectors>(name: Name): GoldenVectors[Name] {
  return JSON.parse(readFileSync(vectorPath(name), 'utf8')) as GoldenVectors[Name];
}

function codeCases({ trust, cases }: CodeVectors, crypto: Crypto, api: GoldenApi): GoldenCase[] {
  return cases.map(({ title, text, now, expected }) => ({
    title: `code: ${title}`,
    actual: () => plain(api.verifyCode(text, trust, epochMs(now), crypto)),
    expected,
  }));
}

function replicaCases(vectors: ReplicaVectors, crypto: Crypto, api: GoldenApi): GoldenCase[] {
  const key = fromHex(vectors.publicKey);
  const check = (message: Uint8Array, signature: Uint8Array) =>
    crypto.verifyEd25519(key, message, signature);
  return [
    ...vectors.segments.map(({ title, stream, hex, expected }) => ({
      title: `segment: ${title}`,
      actual: () =>
        plain(
          api.decodeSegment(fromHex(hex), streamNameSchema.parse(stream), crypto.sha256, check),
        ),
      expected,
    })),
    ...vectors.manifests.map(({ title, stream, held, hex, expected }) => ({
      title: `manifest: ${title}`,
      actual: () =>
        plain(api.decodeManifest(fromHex(hex), streamNameSchema.parse(stream), held, check)),
      expected,
    })),
  ];
}

function passageCases(vectors: PassageVectors, crypto: Crypto, api: GoldenApi): GoldenCase[] {
  return vectors.map(({ title, event, hex, sha256 }) => ({
    title: `passage: ${title}`,
    actual: () => {
      const bytes = api.encodeEvent(event);
      return { hex: toHex(bytes), sha256: toHex(crypto.sha256(bytes)) };
    },
    expected: { hex, sha256 },
  }));
}

function httpSignatureCases(
  vector: HttpSignatureVector,
  crypto: Crypto,
  api: GoldenApi,
): GoldenCase[] {
  const { label } = api.REQUEST_SIGNATURE;
  const body = new Uint8Array(Buffer.from(vector.body));
  const digest = api.contentDigest(Buffer.from(crypto.sha256(body)).toString('base64'));
  const { base, input } = signatureBaseOf(vector, digest, api.REQUEST_SIGNATURE);
  const signature = Buffer.from(vector.headers.signature.slice(`${label}=:`.length, -1), 'base64');
  const verified = (bytes: string) =>
    crypto.verifyEd25519(fromHex(vector.publicKey), new Uint8Array(Buffer.from(bytes)), signature);
  return [
    {
      title: 'http signature: the profile gives the base and the headers',
      actual: () => ({ base, contentDigest: digest, signatureInput: `${label}=${input}` }),
      expected: {
        base: vector.signatureBase,
        contentDigest: vector.headers.contentDigest,
        signatureInput: vector.headers.signatureInput,
      },
    },
    {
      title: 'http signature: it holds, and not for another target',
      actual: () => [verified(base), verified(base.replace('/v1/', '/v2/'))],
      expected: [true, false],
    },
  ];
}

function jsonOf(value: unknown): unknown {
  const text = JSON.stringify(value, (_, item: unknown) =>
    item instanceof Uint8Array ? toHex(item) : item,
  );
  return JSON.parse(text);
}
