import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// The keys are better-auth's field names, the columns are ours. schema-postgres.ts holds the same; a test compares the two.
const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });
const flag = (name: string) => integer(name, { mode: 'boolean' });

/** A member of staff, or a holder who signs in: then nothing but the holder's id is known here. */
const user = sqliteTable(
  'account_user',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    emailVerified: flag('email_verified').notNull(),
    image: text('image'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    username: text('username'),
    twoFactorEnabled: flag('two_factor_enabled'),
    role: text('role'),
    areas: text('areas'),
    holder: text('holder_id'),
    disabledAt: instant('disabled_at'),
    inviteHash: text('invite_hash'),
    inviteUntil: instant('invite_until'),
  },
  (t) => [
    uniqueIndex('account_user_by_email').on(t.email),
    uniqueIndex('account_user_by_username').on(t.username),
    index('account_user_by_role').on(t.role),
  ],
);

const session = sqliteTable(
  'account_session',
  {
    id: text('id').primaryKey(),
    token: text('token').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    secondFactor: flag('second_factor').notNull(),
    startedAt: instant('started_at').notNull(),
    seenAt: instant('seen_at').notNull(),
  },
  (t) => [
    uniqueIndex('account_session_by_token').on(t.token),
    index('account_session_by_user').on(t.userId),
  ],
);

const account = sqliteTable(
  'account_credential',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: instant('access_token_expires_at'),
    refreshTokenExpiresAt: instant('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('account_credential_by_subject').on(t.providerId, t.accountId),
    index('account_credential_by_user').on(t.userId),
  ],
);

const verification = sqliteTable(
  'account_verification',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [index('account_verification_by_identifier').on(t.identifier)],
);

const twoFactor = sqliteTable(
  'account_two_factor',
  {
    id: text('id').primaryKey(),
    secret: text('secret').notNull(),
    backupCodes: text('backup_codes').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    verified: flag('verified'),
    failedVerificationCount: integer('failed_verification_count'),
    lockedUntil: instant('locked_until'),
  },
  (t) => [uniqueIndex('account_two_factor_by_user').on(t.userId)],
);

/** A code of an authenticator works once: `key` is user and time step. */
const totpUse = sqliteTable(
  'account_totp_use',
  { id: text('id').primaryKey(), key: text('key').notNull(), at: instant('used_at').notNull() },
  (t) => [
    uniqueIndex('account_totp_use_by_key').on(t.key),
    index('account_totp_use_by_at').on(t.at),
  ],
);

/** Tries within a window. `key` is a keyed hash: people type passwords where names belong. */
const attempt = sqliteTable(
  'account_attempt',
  {
    id: text('id').primaryKey(),
    key: text('key').notNull(),
    count: integer('tries').notNull(),
    until: instant('until').notNull(),
  },
  (t) => [
    uniqueIndex('account_attempt_by_key').on(t.key),
    index('account_attempt_by_until').on(t.until),
  ],
);

/** What waits for a second operator. */
const staffRequest = sqliteTable('account_staff_request', {
  id: text('id').primaryKey(),
  action: text('action').notNull(),
  /** The person whom it is about, or empty for a new one. */
  subject: text('subject').notNull(),
  /** JSON of the new person. */
  body: text('body').notNull(),
  /** SHA-256 of the requester's share of the invitation; null where there is none to be. */
  halfHash: text('half_hash'),
  requestedBy: text('requested_by').notNull(),
  requestedAt: instant('requested_at').notNull(),
  until: instant('until').notNull(),
});

export const libsqlSchema = {
  user,
  session,
  account,
  verification,
  twoFactor,
  totpUse,
  attempt,
  staffRequest,
};
