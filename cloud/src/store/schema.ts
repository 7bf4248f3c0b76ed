import {
  blob,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

// A region is a shard: `region_id` leads every key, and no transaction crosses regions. Instants are EpochMs.
const region = () => text('region_id').notNull();
const bytes = (name: string) => blob(name, { mode: 'buffer' });

/** A person. `sealed` holds name, number and phone, encrypted; `id_hash` is keyed (DOMAIN 8). */
export const holders = sqliteTable(
  'holder',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    idHash: bytes('id_hash').notNull(),
    sealed: bytes('sealed').notNull(),
    tokenHash: bytes('token_hash').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder] }),
    uniqueIndex('holder_by_id').on(t.region, t.idHash),
    uniqueIndex('holder_by_token').on(t.region, t.tokenHash),
  ],
);

export const declarations = sqliteTable(
  'declaration',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    at: integer('declared_at').notNull(),
    /** JSON of the contract's Declaration. */
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.holder, t.at] })],
);

/** The control lists, by keyed number: a person may be listed before they register. */
export const listEntries = sqliteTable(
  'list_entry',
  {
    region: region(),
    idHash: bytes('id_hash').notNull(),
    kind: text('kind').notNull(),
    since: text('since').notNull(),
    /** The date of the release that took the entry off the list. */
    endedOn: text('ended_on'),
  },
  (t) => [primaryKey({ columns: [t.region, t.idHash, t.kind] })],
);

export const areas = sqliteTable(
  'area',
  {
    region: region(),
    division: text('division').notNull(),
    from: text('from_on').notNull(),
    until: text('until_on').notNull(),
    level: text('level').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.division, t.from] })],
);

export const statuses = sqliteTable(
  'status',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    colour: text('colour').notNull(),
    nextColour: text('next_colour').notNull(),
    validUntil: integer('valid_until').notNull(),
    ver: integer('ver').notNull(),
    /** SHA-256 of the facts that the verdict was made from, hex. */
    inputsHash: text('inputs_hash').notNull(),
    packId: text('pack_id').notNull(),
    packVersion: integer('pack_version').notNull(),
    /** JSON: the rules that matched and the values they read. */
    matched: text('matched').notNull(),
    division: text('division').notNull(),
    scoredAt: integer('scored_at').notNull(),
    /** When time alone may change the verdict. */
    rescoreAt: integer('rescore_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder] }),
    index('status_due').on(t.region, t.rescoreAt),
    index('status_by_division').on(t.region, t.division),
  ],
);

export const pseudonyms = sqliteTable(
  'pseudonym',
  {
    region: region(),
    /** First 8 bytes of `sub`, hex: unique at issue. */
    key: text('key').notNull(),
    sub: bytes('sub').notNull(),
    epoch: integer('epoch').notNull(),
    holder: text('holder_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.key] }),
    uniqueIndex('pseudonym_by_holder').on(t.region, t.holder, t.epoch),
  ],
);

/** One counter a stream; it grows in the transaction that writes the change. */
export const streams = sqliteTable(
  'stream',
  {
    region: region(),
    stream: text('stream').notNull(),
    epoch: integer('epoch').notNull(),
    head: integer('head').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.stream] })],
);

export const changes = sqliteTable(
  'change',
  {
    region: region(),
    stream: text('stream').notNull(),
    ver: integer('ver').notNull(),
    key: text('key').notNull(),
    colour: text('colour').notNull(),
    nextColour: text('next_colour').notNull(),
    validUntil: integer('valid_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.stream, t.ver] })],
);

/** The control stream's change log. */
export const documents = sqliteTable(
  'document',
  {
    region: region(),
    ver: integer('ver').notNull(),
    name: text('name').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.ver] })],
);

export const segments = sqliteTable(
  'segment',
  {
    region: region(),
    stream: text('stream').notNull(),
    hash: text('hash').notNull(),
    epoch: integer('epoch').notNull(),
    level: text('level').notNull(),
    from: integer('from_ver').notNull(),
    to: integer('to_ver').notNull(),
    bytes: bytes('bytes').notNull(),
    length: integer('length').notNull(),
    /** When a longer one took its place in the manifest; it is served on for those who hold the old manifest. */
    replacedAt: integer('replaced_at'),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.stream, t.hash] }),
    index('segment_by_version').on(t.region, t.stream, t.epoch, t.from),
  ],
);

export const gateways = sqliteTable(
  'gateway',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    station: text('station_id').notNull(),
    publicKey: text('public_key').notNull(),
    keyId: text('key_id').notNull(),
    registeredAt: integer('registered_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.gateway] }),
    uniqueIndex('gateway_by_key').on(t.region, t.keyId),
  ],
);

export const nonces = sqliteTable(
  'nonce',
  {
    region: region(),
    keyId: text('key_id').notNull(),
    nonce: text('nonce').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.keyId, t.nonce] }),
    index('nonce_expiry').on(t.region, t.expiresAt),
  ],
);

/** The contiguous watermark of each journal epoch. */
export const journals = sqliteTable(
  'journal',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    acked: integer('acked').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.gateway, t.epoch] })],
);

export const passages = sqliteTable(
  'passage',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    seq: integer('seq').notNull(),
    hash: bytes('hash').notNull(),
    /** Deterministic CBOR of the contract's `encodeEvent`. */
    payload: bytes('payload').notNull(),
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.gateway, t.epoch, t.seq] })],
);

/** What could not be stored as a passage, kept for a person to look at. */
export const deadLetters = sqliteTable(
  'dead_letter',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    seq: integer('seq').notNull(),
    hash: bytes('hash').notNull(),
    /** A reason code: `payload-invalid` or `passages-conflict`. */
    reason: text('reason').notNull(),
    payload: bytes('payload').notNull(),
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.gateway, t.epoch, t.seq, t.hash] })],
);
