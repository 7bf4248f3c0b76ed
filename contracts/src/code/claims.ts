import { type RegionId, regionIdSchema } from '../ids.ts';
import { ok, type Result, refuse } from '../result.ts';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '../time.ts';
import { CODE_KINDS, COLOURS, type CodeKind, type Colour } from './colour.ts';

/** What a health code says: a CWT claims set (RFC 8392). */
export interface Claims {
  /** The region that issued it. */
  readonly iss: RegionId;
  /** The holder's pseudonym in this epoch, 16 bytes; its first 8 are the replica key (PROTOCOLS 1). */
  readonly sub: Uint8Array;
  /** Whole seconds. */
  readonly issuedAt: EpochMs;
  /** Whole seconds; the code is void from this instant on. */
  readonly expiresAt: EpochMs;
  readonly kind: CodeKind;
  /** Colour when minted. A cached status always wins over it. */
  readonly colour: Colour;
  /** What the colour becomes when its validity ends. */
  readonly nextColour: Colour;
  /** The holder's compressed P-256 point, 33 bytes, in phone codes only (RFC 8747). */
  readonly holderKey?: Uint8Array;
}

// Claim keys: RFC 8392 section 4, RFC 8747 section 3.1; status is ours, in the private-use range.
const ISS = 1;
const SUB = 2;
const EXP = 4;
const IAT = 6;
const CNF = 8;
const STATUS = -65537;

// COSE_Key of RFC 9053 section 7.1.1: kty EC2, crv P-256, x, and y as the sign bit.
const COSE_KEY = 1;
const KTY = 1;
const EC2 = 2;
const CRV = -1;
const P256 = 1;
const X = -2;
const Y = -3;

export const SUB_BYTES = 16;

export function claimsToMap(claims: Claims): Map<number, unknown> {
  const map = new Map<number, unknown>([
    [ISS, claims.iss],
    [SUB, claims.sub],
    [IAT, claims.issuedAt / 1000],
    [EXP, claims.expiresAt / 1000],
    [STATUS, packStatus(claims)],
  ]);
  if (claims.holderKey !== undefined)
    map.set(CNF, new Map([[COSE_KEY, toCoseKey(claims.holderKey)]]));
  return map;
}

/** Exactly the claims above and no other; anything else is `code-claims-invalid`. */
export function claimsFromMap(map: unknown): Result<Claims> {
  const bad = refuse('code-claims-invalid');
  if (!(map instanceof Map)) return bad;
  const iss = regionIdSchema.safeParse(map.get(ISS));
  const sub: unknown = map.get(SUB);
  const issuedAt = instant(map.get(IAT));
  const expiresAt = instant(map.get(EXP));
  const status = unpackStatus(map.get(STATUS));
  if (!iss.success || !(sub instanceof Uint8Array) || sub.length !== SUB_BYTES) return bad;
  if (issuedAt === undefined || expiresAt === undefined || status === undefined) return bad;
  const claims = { iss: iss.data, sub, issuedAt, expiresAt, ...status };
  if (status.kind !== 'phone') return map.size === 5 ? ok(claims) : bad;
  const holderKey = fromCnf(map.get(CNF));
  return map.size === 6 && holderKey !== undefined ? ok({ ...claims, holderKey }) : bad;
}

/** kind, next colour and colour in two bits each: one byte on the wire instead of four. */
function packStatus(claims: Claims): number {
  return (
    COLOURS.indexOf(claims.colour) |
    (COLOURS.indexOf(claims.nextColour) << 2) |
    (CODE_KINDS.indexOf(claims.kind) << 4)
  );
}

function unpackStatus(value: unknown): Pick<Claims, 'colour' | 'nextColour' | 'kind'> | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  if (value < 0 || value > 63) return undefined;
  const colour = COLOURS[value & 3];
  const nextColour = COLOURS[(value >> 2) & 3];
  const kind = CODE_KINDS[value >> 4];
  return colour && nextColour && kind ? { colour, nextColour, kind } : undefined;
}

function instant(value: unknown): EpochMs | undefined {
  return typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value * 1000 <= EPOCH_MS_MAX
    ? epochMs(value * 1000)
    : undefined;
}

function toCoseKey(point: Uint8Array): Map<number, unknown> {
  return new Map<number, unknown>([
    [KTY, EC2],
    [CRV, P256],
    [X, point.slice(1)],
    [Y, point[0] === 3],
  ]);
}

function fromCnf(cnf: unknown): Uint8Array | undefined {
  const key: unknown = cnf instanceof Map && cnf.size === 1 ? cnf.get(COSE_KEY) : undefined;
  if (!(key instanceof Map) || key.size !== 4) return undefined;
  const x: unknown = key.get(X);
  const odd: unknown = key.get(Y);
  if (key.get(KTY) !== EC2 || key.get(CRV) !== P256 || typeof odd !== 'boolean') return undefined;
  if (!(x instanceof Uint8Array) || x.length !== 32) return undefined;
  return Uint8Array.of(odd ? 3 : 2, ...x);
}
