import {
  boolean,
  index,
  integer,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

// The same as schema-libsql.ts, which says what each is for; a test compares the two.
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const flag = (name: string) => boolean(name);

const user = pgTable(
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

const session = pgTable(
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

const account = pgTable(
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

const verification = pgTable(
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

const twoFactor = pgTable(
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

const totpUse = pgTable(
  'account_totp_use',
  { id: text('id').primaryKey(), key: text('key').notNull(), at: instant('used_at').notNull() },
  (t) => [
    uniqueIndex('account_totp_use_by_key').on(t.key),
    index('account_totp_use_by_at').on(t.at),
  ],
);

const attempt = pgTable(
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

const staffRequest = pgTable('account_staff_request', {
  id: text('id').primaryKey(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  body: text('body').notNull(),
  halfHash: text('half_hash'),
  requestedBy: text('requested_by').notNull(),
  requestedAt: instant('requested_at').notNull(),
  until: instant('until').notNull(),
});

export const postgresSchema = {
  user,
  session,
  account,
  verification,
  twoFactor,
  totpUse,
  attempt,
  staffRequest,
};
