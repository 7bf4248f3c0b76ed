import { fromHex, toHex } from '../bytes.ts';
import { encodeCbor } from '../cbor.ts';
import type { Crypto } from '../crypto.ts';
import { sha256HexSchema } from '../ids.ts';
import type { AuditEntry, AuditRoot } from '../wire/audit.ts';

/** Where a chain stands: the newest entry's number and hash. */
export type ChainHead = Pick<AuditEntry, 'seq' | 'hash'>;

/** What the first entry continues. */
export const CHAIN_START: ChainHead = { seq: 0, hash: sha256HexSchema.parse('00'.repeat(32)) };

/** What an entry holds before it is chained. */
export type AuditRecord = Omit<AuditEntry, 'seq' | 'previous' | 'hash'>;

/** The entry that continues a chain. */
export function chained(
  record: AuditRecord,
  head: ChainHead,
  sha256: Crypto['sha256'],
): AuditEntry {
  const entry = { ...record, seq: head.seq + 1, previous: head.hash };
  return { ...entry, hash: hashOf(entry, sha256) };
}

/**
 * SHA-256 over deterministic CBOR of [seq, at, actor, action, subject, detail, previous]: `detail` as a map,
 * `previous` as its 32 bytes.
 */
function hashOf(entry: Omit<AuditEntry, 'hash'>, sha256: Crypto['sha256']): AuditEntry['hash'] {
  const { seq, at, actor, action, subject, detail, previous } = entry;
  const facts = new Map(Object.entries(detail));
  const bytes = encodeCbor([seq, at, actor, action, subject, facts, fromHex(previous)]);
  return sha256HexSchema.parse(toHex(sha256(bytes)));
}

/**
 * How a log is not the one that was written. `gap`: entries are missing, doubled or out of order from here on.
 * `previous`: it does not continue the entry before. `hash`: its content is not what was hashed. `root`: it is not
 * what a signed root says stood there. `signature`: a root is not signed by the key. `end`: the log ends before a
 * signed root.
 */
export type ChainFaultKind = 'gap' | 'previous' | 'hash' | 'root' | 'signature' | 'end';

export interface ChainFault {
  /** The number of the first entry that is not as it was written. */
  readonly seq: number;
  readonly fault: ChainFaultKind;
}

export interface ChainVerifier {
  /** The next entry of the log; or what is wrong with it, and then nothing after it is worth a look. */
  next(entry: AuditEntry): ChainFault | undefined;
  /** When the log is at its end. */
  end(): ChainFault | undefined;
  head(): ChainHead;
}

/**
 * Checks a log entry by entry. Whoever can write to the log can chain it anew, so what the chain says is worth as much
 * as the roots that were signed and given away before: they are checked as they are passed.
 */
export function verifyChain(
  sha256: Crypto['sha256'],
  roots: readonly ChainHead[] = [],
  start: ChainHead = CHAIN_START,
): ChainVerifier {
  const stood = new Map(roots.map(({ seq, hash }) => [seq, hash]));
  const last = Math.max(start.seq, ...roots.map(({ seq }) => seq));
  let head = start;
  return {
    next: (entry) => {
      const seq = head.seq + 1;
      const fault = faultOf(entry, head, stood.get(seq), sha256);
      if (fault !== undefined) return { seq, fault };
      head = { seq, hash: entry.hash };
      return undefined;
    },
    end: () => (head.seq < last ? { seq: head.seq + 1, fault: 'end' } : undefined),
    head: () => head,
  };
}

function faultOf(
  entry: AuditEntry,
  head: ChainHead,
  root: string | undefined,
  sha256: Crypto['sha256'],
): ChainFaultKind | undefined {
  if (entry.seq !== head.seq + 1) return 'gap';
  if (entry.previous !== head.hash) return 'previous';
  if (entry.hash !== hashOf(entry, sha256)) return 'hash';
  return root === undefined || root === entry.hash ? undefined : 'root';
}

/** What is signed of a root: deterministic CBOR of ["greengate-audit-root-1", seq, hash, at]. */
export function rootBytes({ seq, hash, at }: Pick<AuditRoot, 'seq' | 'hash' | 'at'>): Uint8Array {
  return encodeCbor([ROOT_TAG, seq, fromHex(hash), at]);
}

const ROOT_TAG = 'greengate-audit-root-1';

/** Whether a root was signed by the raw Ed25519 key `publicKey`. */
export function isSignedBy(root: AuditRoot, publicKey: Uint8Array, crypto: Crypto): boolean {
  return crypto.verifyEd25519(publicKey, rootBytes(root), fromHex(root.signature));
}
