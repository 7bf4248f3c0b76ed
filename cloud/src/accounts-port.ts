/** What a person's account may be for (DOMAIN 1). Holders have none of these. */
export const ACCOUNT_ROLES = ['operator', 'auditor', 'officer', 'attendant', 'technician'] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

/** Where accounts can be. */
export const DATABASE_URL = /^(?:file:.+|postgres(?:ql)?:\/\/.+)$/;

/** `__Host-`: a cookie that no subdomain and no plain HTTP page can set (THREATS T22). */
export const SESSION_COOKIE = '__Host-greengate';

/** A member of staff who signed in. */
export interface StaffAccount {
  readonly id: string;
  /** As colleagues and the log know them. */
  readonly name: string;
  readonly role: AccountRole;
  /** Administrative divisions that an officer acts in (6, 9 or 12 digits), each with all below it. */
  readonly areas: readonly string[];
  /** False: may enrol a second factor and nothing else. */
  readonly secondFactor: boolean;
}

/** Whose session a cookie is. */
export type AccountPrincipal =
  | { readonly kind: 'staff'; readonly account: StaffAccount }
  | { readonly kind: 'holder'; readonly holder: string };

/** A request of the sign-in pages: its body has passed its schema, nothing else of the request reaches the library. */
export interface SignInRequest {
  /** Below /api/auth, such as `/sign-in/username`. */
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  /** The query of a callback, without `?`. */
  readonly query?: string;
  readonly cookie: string | undefined;
  /** Who asks, as our own socket or a proxy that we trust says. */
  readonly address: string;
}

/** Somebody whom an operator puts on the staff. */
export interface NewStaff {
  /** What they sign in by: 3 to 32 of a-z 0-9 . _ - */
  readonly username: string;
  readonly name: string;
  readonly role: AccountRole;
  /** Of officers; empty for all others. */
  readonly areas: readonly string[];
}

export interface StaffMember extends NewStaff {
  readonly id: string;
  readonly disabled: boolean;
  /** Whether a second factor is enrolled. */
  readonly secondFactor: boolean;
  /** Whether an invitation is open. */
  readonly invited: boolean;
}

/** A secret that makes its bearer the person of the account, once. Shown once, stored as a hash. */
export interface Invitation {
  readonly id: string;
  readonly secret: string;
  /** Whether it is one half: the other was shown to the operator who asked, and only both open the account. */
  readonly isHalf: boolean;
  /** EpochMs. */
  readonly until: number;
}

/** What needs two operators. */
export type StaffAction = 'create' | 'reset' | 'enable';

export interface StaffRequest {
  readonly id: string;
  readonly action: StaffAction;
  /** The id of the person concerned; empty when it is a new one. */
  readonly subject: string;
  readonly username: string;
  readonly name: string;
  readonly role: AccountRole;
  readonly areas: readonly string[];
  readonly requestedBy: string;
  /** EpochMs. */
  readonly until: number;
}

/** Done at once, or waiting for a second operator. */
export type StaffOutcome =
  | { readonly kind: 'done'; readonly id: string; readonly invitation?: Invitation }
  | {
      readonly kind: 'waiting';
      readonly request: string;
      /** The requester's half of the invitation that there will be: shown once. Absent where nobody is invited. */
      readonly half?: string;
    };

/**
 * The staff. What concerns an operator, an auditor or an officer waits for a second operator: `by` is then the account
 * of the one who asks, and is undefined for a service's token, which may not. An invitation of theirs has two halves,
 * one for each of the two, so that neither of them alone can become the person invited.
 */
export interface Staff {
  /** Refuses `already-exists`, `forbidden`. */
  create(person: NewStaff, by: string | undefined): Promise<StaffOutcome>;
  /** A forgotten password or a lost authenticator: both are void, sessions end, a new invitation. Refuses `not-found`. */
  reset(id: string, by: string | undefined): Promise<StaffOutcome>;
  enable(id: string, by: string | undefined): Promise<StaffOutcome>;
  /** Ends their sessions at once. Refuses `not-found`, and `forbidden` for oneself. */
  disable(id: string, by: string | undefined): Promise<void>;
  list(): Promise<readonly StaffMember[]>;
  requests(): Promise<readonly StaffRequest[]>;
  /** Refuses `second-person-needed` to whoever asked, and `not-found`: also when who asked is no operator any more. */
  approve(request: string, by: string): Promise<StaffOutcome>;
}

export interface Accounts {
  readonly staff: Staff;
  /** Signing in and out, passwords and second factors. Throws the refusals of the registry. */
  handle(request: SignInRequest): Promise<Response>;
  /**
   * Sets the first password. `secrets`: that of the invitation, or both its halves. Refuses `credentials-refused`
   * whatever is wrong, `rate-limited`.
   */
  activate(
    username: string,
    secrets: readonly string[],
    password: string,
    address: string,
  ): Promise<void>;
  /** Whose session it is; undefined when it is none, or ended. Looked up at each request. */
  principalOf(cookie: string | undefined): Promise<AccountPrincipal | undefined>;
  /** Ends the sessions of a holder and forgets their account: with the holder's own deletion nothing is left here. */
  forgetHolder(holder: string): Promise<void>;
  close(): Promise<void>;
}

/** Whose making, resetting and enabling needs two operators. */
export const PRIVILEGED_ROLES: readonly AccountRole[] = ['operator', 'auditor', 'officer'];

/** Whom one operator puts on the staff alone, or a service's token. */
export const PLAIN_ROLES: readonly AccountRole[] = ACCOUNT_ROLES.filter(
  (role) => !PRIVILEGED_ROLES.includes(role),
);
