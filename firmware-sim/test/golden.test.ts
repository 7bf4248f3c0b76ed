import { verifyCode } from '@greengate/contracts/code/verify-code';
import { decodeManifest } from '@greengate/contracts/replica/manifest';
import { decodeSegment } from '@greengate/contracts/replica/segment';
import { contentDigest, REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import { encodeEvent } from '@greengate/contracts/wire/passage';
import { parseTopic } from '@greengate/contracts/wire/topics';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../contracts/test/node-crypto.ts';
import { goldenCases } from '../../contracts/vectors/golden.case.ts';

// The same cases as in contracts, with this workspace's own primitives and its own resolution of contracts.
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
