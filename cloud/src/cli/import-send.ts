import { evidenceRowsCountMax } from '@greengate/contracts/limits';
import { z } from 'zod';
import { type Api, ApiRefusal } from './api-client.ts';
import { type FileCheck, itemsOf } from './import-check.ts';
import type { Upload } from './import-uploads.ts';
import type { ImportOptions } from './imports/import-reader.ts';
import type { Progress, Shell } from './shell.ts';

/** What became of the rows of a file. */
export interface Sent {
  /** Rows that the cloud has taken, or looked at in a dry run. */
  readonly sent: number;
  /** The sums of what it answered, such as `accepted`; in a dry run, of what it would have done. */
  readonly answers: Readonly<Record<string, number>>;
  /** Where it stopped: every row before `row` is done. */
  readonly stopped?: { readonly row: number; readonly refusal: ApiRefusal };
}

export interface Sending<Row> {
  readonly shell: Shell;
  readonly api: Api;
  readonly file: string;
  readonly upload: Upload<Row>;
  readonly options: ImportOptions;
  readonly check: FileCheck;
  /** Rows before this one are left out. */
  readonly fromRow: number;
  readonly dryRun: boolean;
  readonly progress: Progress;
}

/** Sends the good rows of a file batch by batch, and stops at the first that is refused. */
export async function sendFile<Row>(sending: Sending<Row>): Promise<Sent> {
  const tally: Tally = { sent: 0, answers: {} };
  const { shell, file, upload, options, check, fromRow } = sending;
  const waves = [...check.firstRows.keys()].toSorted();
  for (const [index, wave] of waves.entries()) {
    const batches = new Map<string, Batch<Row>>();
    const later = waves.slice(index + 1).map((one) => check.firstRows.get(one) ?? 0);
    const stop = (refusal: unknown): Sent => {
      if (!(refusal instanceof ApiRefusal)) throw refusal;
      const open = [...batches.values()].map((batch) => batch.row);
      return {
        ...tally,
        stopped: { row: Math.max(fromRow, Math.min(...open, ...later)), refusal },
      };
    };
    try {
      for await (const item of itemsOf(shell, file, upload, options)) {
        if (!('value' in item) || item.row < fromRow || upload.wave(item.value) !== wave) continue;
        const path = upload.path(item.value);
        const batch = batches.get(path) ?? { row: item.row, rows: [] };
        batches.set(path, batch);
        batch.rows.push(item.value);
        if (batch.rows.length < evidenceRowsCountMax) continue;
        await sendBatch(sending, path, batch, tally);
        batches.delete(path);
      }
      for (const [path, batch] of batches) {
        await sendBatch(sending, path, batch, tally);
        batches.delete(path);
      }
    } catch (error) {
      return stop(error);
    }
  }
  return tally;
}

/** Whether this cloud can say beforehand what an import would do. One that cannot would do it. */
export async function canPreview(
  api: Api,
  { route }: { readonly route: string },
): Promise<boolean> {
  const document = await api.get('/openapi.json', routesSchema);
  const parameters = document.paths[route]?.post?.parameters ?? [];
  return parameters.some(({ name, in: place }) => name === 'dryRun' && place === 'query');
}

const routesSchema = z.object({
  paths: z.record(
    z.string(),
    z.object({
      post: z
        .object({
          parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional(),
        })
        .optional(),
    }),
  ),
});

/** Whatever a cloud counts: a newer one may count more. */
const countsSchema = z
  .record(z.string(), z.int().nonnegative())
  .refine((counts) => 'accepted' in counts);

interface Batch<Row> {
  /** The first row in it. */
  readonly row: number;
  readonly rows: Row[];
}

interface Tally {
  sent: number;
  answers: Record<string, number>;
}

async function sendBatch<Row>(
  { api, upload, dryRun, progress }: Sending<Row>,
  path: string,
  { rows }: Batch<Row>,
  tally: Tally,
): Promise<void> {
  const query = dryRun ? '?dryRun=true' : '';
  const answer = await api.post(`${path}${query}`, upload.body(rows), countsSchema);
  tally.sent += rows.length;
  for (const [name, count] of Object.entries(answer))
    tally.answers[name] = (tally.answers[name] ?? 0) + count;
  progress.update(tally.sent);
}
