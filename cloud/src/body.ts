import type { Context } from 'hono';
import type { z } from 'zod';
import { bodyBytesMax } from './limits.ts';
import { ProblemError } from './problem.ts';
import type { CloudEnv } from './route.ts';

/** The bytes of a body, as received; a signed request's were read when its digest was checked. 413 past `bytesMax`. */
export async function readBytes(c: Context<CloudEnv>, bytesMax: number): Promise<Uint8Array> {
  const read = c.get('body');
  if (read !== undefined) {
    if (read.length > bytesMax) throw tooLarge(bytesMax);
    return read;
  }
  const bytes = await receive(c, bytesMax).catch((error: unknown) => {
    // A client that goes away in the middle is no bug of ours.
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('request-invalid', 'The body ended early.');
  });
  c.set('body', bytes);
  return bytes;
}

/** Whether the request came with a body, as its headers say. */
export function hasBody(c: Context<CloudEnv>): boolean {
  return Number(c.req.header('content-length') ?? 0) > 0 || isChunked(c);
}

/**
 * A body whose length was said is as long as that, and reading it whole is cheap. Only the other kind is read
 * as a stream and counted: the runtime makes a whole Request for it, which costs as much as a status read.
 */
async function receive(c: Context<CloudEnv>, bytesMax: number): Promise<Uint8Array> {
  if (!hasBody(c)) return new Uint8Array(0);
  if (Number(c.req.header('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax);
  if (!isChunked(c)) return new Uint8Array(await c.req.raw.arrayBuffer());
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function isChunked(c: Context<CloudEnv>): boolean {
  return c.req.header('transfer-encoding') !== undefined;
}

/** A JSON body that fits its schema. Refuses `request-invalid`, `body-too-large`. */
export async function readJson<T extends z.ZodType>(
  c: Context<CloudEnv>,
  schema: T,
): Promise<z.infer<T>> {
  return parseWith(schema, await readJsonValue(c));
}

/** A JSON body of any shape. Refuses `request-invalid`, `body-too-large`. */
export async function readJsonValue(c: Context<CloudEnv>): Promise<unknown> {
  demandJson(c);
  return parseJson(await readBytes(c, bodyBytesMax));
}

/** A body that is JSON of any content, as its text. Refuses `request-invalid`, `body-too-large`. */
export async function readJsonText(c: Context<CloudEnv>, bytesMax: number): Promise<string> {
  demandJson(c);
  const bytes = await readBytes(c, bytesMax);
  parseJson(bytes);
  return new TextDecoder().decode(bytes);
}

function demandJson(c: Context<CloudEnv>): void {
  if (!/^application\/json(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new ProblemError('request-invalid', 'Send Content-Type: application/json.');
  }
}

/** Parses UTF-8 JSON. Refuses `request-invalid`. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError('request-invalid', 'The body is not JSON in UTF-8.');
  }
}

/** Refuses `request-invalid` and names the fields that do not fit, never what they hold. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.slice(0, 5).map(({ path, code }) => {
    const place = path.filter(
      (step) => typeof step === 'number' || /^\w{1,32}$/.test(String(step)),
    );
    return `${place.join('.') || 'body'}: ${code}`;
  });
  throw new ProblemError('request-invalid', `Does not fit the schema at ${places.join('; ')}.`);
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError('body-too-large', `At most ${bytesMax} bytes.`);
}
