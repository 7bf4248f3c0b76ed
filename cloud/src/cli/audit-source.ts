import {
  type AuditEntry,
  type AuditRoot,
  auditEntrySchema,
  auditPageSchema,
  auditRootSchema,
  auditRootsSchema,
} from '@greengate/contracts/wire/audit';
import type { z } from 'zod';
import type { Api } from './api-client.ts';
import { cutLines } from './imports/import-lines.ts';
import { auditLineBytesMax, auditPageRows } from './limits.ts';
import { CommandError, type Shell } from './shell.ts';

/** Where an audit log is read from, the oldest entry first. */
export interface AuditSource {
  entries(): AsyncIterable<AuditEntry>;
  roots(): Promise<readonly AuditRoot[]>;
}

export function cloudLog(api: Api): AuditSource {
  return {
    entries: () => pages(api),
    roots: async () => (await api.get('/v1/audit/roots', auditRootsSchema)).roots,
  };
}

async function* pages(api: Api): AsyncGenerator<AuditEntry> {
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof auditPageSchema> = await api.get(
      `/v1/audit?limit=${auditPageRows}${after}`,
      auditPageSchema,
    );
    yield* page.entries;
    cursor = page.next;
  } while (cursor !== null);
}

/** An exported log; or a file of roots, one a line too. */
export function fileLog(shell: Shell, file: string) {
  if (!shell.files.exists(file)) throw new CommandError(`${file} cannot be read.`);
  return {
    entries: () => lines(shell, file, auditEntrySchema),
    roots: async (): Promise<readonly AuditRoot[]> => [],
    rootLines: async (): Promise<readonly AuditRoot[]> => {
      const roots: AuditRoot[] = [];
      for await (const root of lines(shell, file, auditRootSchema)) roots.push(root);
      return roots;
    },
  };
}

async function* lines<T extends z.ZodType>(
  shell: Shell,
  file: string,
  schema: T,
): AsyncGenerator<z.infer<T>> {
  const cutter = cutLines(auditLineBytesMax);
  const read = (pieces: ReturnType<typeof cutter.push>) =>
    pieces.flatMap((piece) => {
      const text = 'bytes' in piece ? Buffer.from(piece.bytes).toString('utf8') : undefined;
      if (text?.trim() === '') return [];
      const parsed = schema.safeParse(text === undefined ? undefined : jsonIn(text));
      if (parsed.success) return [parsed.data];
      throw new CommandError(`${file}, line ${piece.row}: not what is expected here.`);
    });
  for await (const chunk of shell.files.chunks(file)) yield* read(cutter.push(chunk));
  yield* read(cutter.end());
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
