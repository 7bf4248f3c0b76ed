/** Rows of better-auth's tables, as far as we look at them. */
export interface UserRow extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly username?: string | null;
  readonly role?: string | null;
  /** JSON list of divisions. */
  readonly areas?: string | null;
  readonly holder?: string | null;
  readonly twoFactorEnabled?: boolean | null;
  readonly disabledAt?: Date | null;
  readonly inviteHash?: string | null;
  readonly inviteUntil?: Date | null;
}

export interface SessionRow extends Record<string, unknown> {
  readonly id: string;
  readonly userId: string;
  readonly secondFactor: boolean;
  readonly startedAt: Date;
  readonly seenAt: Date;
}

export interface CredentialRow extends Record<string, unknown> {
  readonly id: string;
  readonly userId: string;
  readonly password?: string | null;
}

export interface StaffRequestRow extends Record<string, unknown> {
  readonly id: string;
  readonly action: string;
  readonly subject: string;
  readonly body: string;
  readonly halfHash?: string | null;
  readonly requestedBy: string;
  readonly until: Date;
}
