import { z } from 'zod';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { trustListSchema } from '../code/trust.ts';
import { ok, type Result, refuse } from '../result.ts';
import { admissionPolicySchema } from '../rules/policy.ts';

/**
 * What the control stream carries, each whole: a newer document replaces the one of the same name.
 * `ver` is its position in the stream's change log; the body has a version of its own.
 */
export const controlDocumentSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('trust-list'), ver: z.int().positive(), body: trustListSchema }),
  z.strictObject({
    name: z.literal('admission-policy'),
    ver: z.int().positive(),
    body: admissionPolicySchema,
  }),
]);
export type ControlDocument = z.infer<typeof controlDocumentSchema>;

const bodySchema = z.array(z.string()).max(1000);

/** Each document travels as JSON text, so that what was validated is what is stored. */
export function encodeControlBody(documents: readonly ControlDocument[]): Uint8Array {
  return encodeCbor(documents.map((document) => JSON.stringify(document)));
}

export interface ControlBody {
  readonly documents: ControlDocument[];
  /** Documents of a later version, or of no form at all: each is left out by itself, and holds no other back. */
  readonly unread: number;
}

/** Refuses (`segment-malformed`) a document whose position in the stream is not within the segment. */
export function decodeControlBody(body: Uint8Array, from: number, to: number): Result<ControlBody> {
  const item = decodeCbor(body);
  const texts = bodySchema.safeParse(item.ok ? item.value : undefined);
  if (!texts.success) return refuse('segment-malformed');
  const documents: ControlDocument[] = [];
  let unread = 0;
  for (const text of texts.data) {
    const document = controlDocumentSchema.safeParse(parseJson(text));
    if (!document.success) {
      unread += 1;
      continue;
    }
    if (document.data.ver <= from || document.data.ver > to) return refuse('segment-malformed');
    documents.push(document.data);
  }
  return ok({ documents, unread });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
