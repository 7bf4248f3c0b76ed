import { verify } from 'node:crypto';
import { readCose } from '@greengate/contracts/code/cose';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import type { Crypto } from '@greengate/contracts/crypto';
import { paced, timed } from '../pace.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, spreadOf } from '../stats.ts';
import { gatewayCrypto } from './gateway-crypto.ts';
import { type Issue, issueCodes } from './issued-codes.ts';

const codesCount = 150;
const warmUpCount = 10;
const periodMs = 60;

/** A whole verification at the pace of a busy gateway, held against its two signature checks alone. */
export async function benchCode(): Promise<BenchResult[]> {
  const issue = issueCodes(codesCount + warmUpCount);
  const ours = verifier(issue, await gatewayCrypto());
  const floor = bareChecks(issue);
  const ourMs: number[] = [];
  const floorMs: number[] = [];

  // Turn and turn about, so that both meet the same machine.
  await paced(2 * issue.codes.length, periodMs, (at) => {
    const [work, samples] = at % 2 === 0 ? [ours, ourMs] : [floor, floorMs];
    samples.push(timed(() => work(at >> 1)));
  });

  const [our, bare] = [ourMs, floorMs].map((all) => spreadOf(all.slice(warmUpCount)));
  if (our === undefined || bare === undefined) throw new Error('no samples');
  return (['median', 'p99'] as const).map((rank) =>
    againstPeer(
      { name: `verify a phone code, ${rank}`, unit: 'ms', value: our[rank], better: 'lower' },
      { name: 'two bare signature checks', value: bare[rank] },
    ),
  );
}

function verifier({ codes, trust, now }: Issue, crypto: Crypto): (at: number) => void {
  return (at) => {
    const verified = verifyCode(codes[at]?.text ?? '', trust, now, crypto);
    if (!verified.ok) throw new Error(`refused: ${verified.refusal.code}`);
  };
}

/** The least that any verifier does: no parsing, every key ready, two signatures. */
function bareChecks({ codes, issuer }: Issue): (at: number) => void {
  const prepared = codes.map((code) => {
    const cose = readCose(code.token);
    if (!cose.ok) throw new Error(`refused: ${cose.refusal.code}`);
    return { ...code, cose: cose.value };
  });
  return (at) => {
    const code = prepared[at];
    const good =
      code !== undefined &&
      verify(null, code.cose.signed, issuer, code.cose.signature) &&
      verify(
        'sha256',
        code.proofMessage,
        { key: code.holder, dsaEncoding: 'ieee-p1363' },
        code.proof,
      );
    if (!good) throw new Error('a good signature was refused');
  };
}
