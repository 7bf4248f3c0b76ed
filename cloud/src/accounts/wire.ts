import { z } from 'zod';
import { ACCOUNT_ROLES } from '../accounts-port.ts';
import { DIVISION } from '../area.ts';
import { areasCountMax, passwordCharsMax, passwordCharsMin } from './limits.ts';

/** What a member of staff signs in by. */
export const USERNAME = /^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/;

const known = z.string().min(1).max(passwordCharsMax);
const chosen = z.string().min(passwordCharsMin).max(passwordCharsMax);
// Whatever is typed: a name that cannot be one is refused like one that nobody has.
const typedName = z.string().min(1).max(64).toLowerCase();

export const signInSchema = z.strictObject({ username: typedName, password: known });
export const passwordSchema = z.strictObject({ password: known });
export const passwordChangeSchema = z.strictObject({ currentPassword: known, newPassword: chosen });
export const codeSchema = z.strictObject({ code: z.string().regex(/^[0-9]{6}$/) });
export const recoverySchema = z.strictObject({ code: z.string().min(1).max(32) });
export const nothingSchema = z.strictObject({});
const inviteSecret = z.string().min(1).max(64);
export const activationSchema = z.strictObject({
  username: typedName,
  secret: inviteSecret,
  /** The other half, of an invitation that two operators gave. */
  second: inviteSecret.optional(),
  password: chosen,
});

/** What to do next. `second-factor`: a code; `enrol`: an authenticator first; `sign-in`: begin; `done`: nothing. */
export const nextSchema = z.strictObject({
  next: z.enum(['second-factor', 'enrol', 'sign-in', 'done']),
});
export const enrolmentSchema = z.strictObject({
  totpUri: z.string(),
  backupCodes: z.array(z.string()),
});
export const callbackQuerySchema = z.object({
  state: z.string().optional(),
  code: z.string().optional(),
  error: z.string().optional(),
  iss: z.string().optional(),
});

const role = z.enum(ACCOUNT_ROLES);
const division = z.string().regex(DIVISION);

/** Officers have areas, the others have none. */
export const createStaffSchema = z
  .strictObject({
    username: z.string().regex(USERNAME),
    name: z.string().trim().min(1).max(64),
    role,
    areas: z.array(division).max(areasCountMax).default([]),
  })
  .refine((person) => (person.role === 'officer') === person.areas.length > 0, { path: ['areas'] });

export const meSchema = z.union([
  z.strictObject({ kind: z.literal('holder'), holder: z.string() }),
  z.strictObject({ kind: z.literal('service'), name: z.string(), role: z.string() }),
  z.strictObject({
    kind: z.literal('staff'),
    id: z.string(),
    name: z.string(),
    role: z.string(),
    areas: z.array(z.string()),
  }),
]);

export const staffListSchema = z.strictObject({
  staff: z.array(
    z.strictObject({
      id: z.string(),
      username: z.string(),
      name: z.string(),
      role,
      areas: z.array(z.string()),
      disabled: z.boolean(),
      secondFactor: z.boolean(),
      invited: z.boolean(),
    }),
  ),
});

/**
 * Done (with the secret of an invitation, shown once), or waiting for a second operator under this id. Of an invitation
 * that two give each is shown one half: who asks, now; who approves, then.
 */
export const staffOutcomeSchema = z.union([
  z.strictObject({
    id: z.string(),
    invitation: z
      .strictObject({ secret: z.string(), isHalf: z.boolean(), until: z.int() })
      .optional(),
  }),
  z.strictObject({ waiting: z.string(), half: z.string().optional() }),
]);

export const staffRequestsSchema = z.strictObject({
  requests: z.array(
    z.strictObject({
      id: z.string(),
      action: z.enum(['create', 'reset', 'enable']),
      subject: z.string(),
      username: z.string(),
      name: z.string(),
      role,
      areas: z.array(z.string()),
      requestedBy: z.string(),
      until: z.int(),
    }),
  ),
});
