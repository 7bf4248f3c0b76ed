import { createHash } from 'node:crypto';
import type { Where } from 'better-auth';
import type { Sealing } from './sealed-value.ts';
import type { Tables } from './store/tables.ts';

/**
 * better-auth keeps session tokens in clear; here they are SHA-256 before they reach the database, and whoever reads
 * the file has no session. A row that was asked for by its token is answered with the token, since the library
 * goes on to use it; a row found otherwise holds the hash. What a challenge or a visit to the identity provider
 * waits with is sealed. Tokens of the identity provider are not kept at all.
 */
export function withHashedTokens(tables: Tables, sealing: Sealing): Tables {
  const { stored, answered } = codecs(sealing);
  return {
    ...tables,
    transaction: (work) =>
      tables.transaction((inner) => work(withHashedTokens(inner as Tables, sealing))),
    create: async (args) => {
      const row = await tables.create({ ...args, data: stored(args.model, args.data) } as never);
      return answered(args.model, row, tokenOf(args.model, args.data)) as never;
    },
    findOne: async (args) => {
      const row = await tables.findOne({ ...args, where: sought(args.model, args.where) });
      return answered(args.model, row, asked(args.model, args.where)) as never;
    },
    findMany: async (args) => {
      const rows = await tables.findMany({ ...args, ...maybeSought(args) });
      return rows.map((row) => answered(args.model, row, undefined)) as never;
    },
    count: (args) => tables.count({ ...args, ...maybeSought(args) }),
    update: async (args) => {
      const where = sought(args.model, args.where);
      const row = await tables.update({ ...args, where, update: stored(args.model, args.update) });
      return answered(args.model, row, asked(args.model, args.where)) as never;
    },
    updateMany: (args) =>
      tables.updateMany({
        ...args,
        where: sought(args.model, args.where),
        update: stored(args.model, args.update),
      }),
    delete: (args) => tables.delete({ ...args, where: sought(args.model, args.where) }),
    deleteMany: (args) => tables.deleteMany({ ...args, where: sought(args.model, args.where) }),
    consumeOne: async (args) => {
      const row = await tables.consumeOne({ ...args, where: sought(args.model, args.where) });
      return answered(args.model, row, asked(args.model, args.where)) as never;
    },
    incrementOne: (args) => tables.incrementOne({ ...args, where: sought(args.model, args.where) }),
  };
}

type Row = Record<string, unknown>;

function codecs({ seal, open }: Sealing) {
  return {
    stored<T extends Row>(model: string, data: T): T {
      if (model === 'account') return { ...data, ...NO_PROVIDER_TOKENS };
      const token = tokenOf(model, data);
      if (token !== undefined) return { ...data, token: hashed(token) };
      const value = model === 'verification' ? data['value'] : undefined;
      return typeof value === 'string' ? { ...data, value: seal(value) } : data;
    },
    answered(model: string, row: unknown, token: string | undefined): unknown {
      if (row === null || row === undefined) return row;
      if (model === 'session' && token !== undefined) return { ...row, token };
      const value = model === 'verification' ? (row as Row)['value'] : undefined;
      return typeof value === 'string' ? { ...row, value: open(value) } : row;
    },
  };
}

function hashed(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

const NO_PROVIDER_TOKENS = {
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpiresAt: null,
  refreshTokenExpiresAt: null,
};

function tokenOf(model: string, data: Row): string | undefined {
  const token = data['token'];
  return model === 'session' && typeof token === 'string' ? token : undefined;
}

function maybeSought(args: { model: string; where?: Where[] | undefined }): { where?: Where[] } {
  return args.where === undefined ? {} : { where: sought(args.model, args.where) };
}

function sought(model: string, where: Where[]): Where[] {
  if (model !== 'session') return where;
  return where.map((one) => {
    if (one.field !== 'token') return one;
    const value = Array.isArray(one.value)
      ? one.value.map((token) => hashed(String(token)))
      : hashed(String(one.value));
    return { ...one, value };
  });
}

function asked(model: string, where: readonly Where[]): string | undefined {
  if (model !== 'session') return undefined;
  const value = where.find((one) => one.field === 'token')?.value;
  return typeof value === 'string' ? value : undefined;
}
