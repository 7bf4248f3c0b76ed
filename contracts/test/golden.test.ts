import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verifyCode } from '../src/code/verify-code.ts';
import { decodeManifest } from '../src/replica/manifest.ts';
import { decodeSegment } from '../src/replica/segment.ts';
import { contentDigest, REQUEST_SIGNATURE } from '../src/wire/http-signature.ts';
import { encodeEvent } from '../src/wire/passage.ts';
import { parseTopic } from '../src/wire/topics.ts';
import { goldenCases, vectorPath } from '../vectors/golden.case.ts';
import { nodeCrypto } from './node-crypto.ts';
import { makeVectors, writeVectors } from './vector-writer.ts';

const made = makeVectors();
if (process.env['UPDATE_VECTORS'] === '1') writeVectors(made);

const api = {
  verifyCode,
  decodeSegment,
  decodeManifest,
  encodeEvent,
  parseTopic,
  contentDigest,
  REQUEST_SIGNATURE,
};

test.each(goldenCases(nodeCrypto, api))('golden $title', ({ actual, expected }) => {
  expect(actual()).toEqual(expected);
});

test.each(Object.entries(made))('vectors/%s.json is what the fixed keys make', (name, content) => {
  const stored: unknown = JSON.parse(readFileSync(vectorPath(name), 'utf8'));
  expect(stored, 'UPDATE_VECTORS=1 writes it anew; a change here changes the wire').toEqual(
    JSON.parse(JSON.stringify(content)),
  );
});
