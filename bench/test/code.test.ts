import { verifyCode } from '@greengate/contracts/code/verify-code';
import { expect, test } from 'vitest';
import { gatewayCrypto } from '../src/code/gateway-crypto.ts';
import { issueCodes } from '../src/code/issued-codes.ts';

test('the codes that the bench issues are good, each of another holder', async () => {
  const crypto = await gatewayCrypto();
  const { codes, trust, now } = issueCodes(3);
  const verified = codes.map(({ text }) => verifyCode(text, trust, now, crypto));

  expect(verified.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(new Set(verified.map((v) => v.ok && v.value.key)).size).toBe(3);
});
