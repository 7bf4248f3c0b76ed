import fc from 'fast-check';

/** A part of a JSON Schema, as /openapi.json holds it. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const DEPTH_MAX = 8;

/** A value that fits a schema as far as the schema says; what zod refines beyond that it does not know. */
export function sampleOf(schema: Schema, root: Schema = schema, depth = 0): unknown {
  if (depth > DEPTH_MAX) return null;
  const deeper = (part: Schema) => sampleOf(part, root, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.$ref !== undefined)
    return deeper(root.$defs?.[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const variant = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (variant !== undefined) return deeper(variant);
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(deeper));
  if (schema.type === 'array') {
    if (schema.prefixItems !== undefined) return schema.prefixItems.map(deeper);
    const count = Math.max(1, schema.minItems ?? 1);
    return Array.from({ length: count }, () => deeper(schema.items ?? {}));
  }
  if (schema.type === 'object') {
    const fields = Object.entries(schema.properties ?? {});
    return Object.fromEntries(fields.map(([name, part]) => [name, deeper(part)]));
  }
  return leafOf(schema);
}

function leafOf({ type, pattern, minLength = 0, minimum, exclusiveMinimum }: Schema): unknown {
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return minimum ?? (exclusiveMinimum ?? 0) + 1;
  if (type === 'null') return null;
  if (pattern === undefined) return 'x'.repeat(Math.max(1, minLength));
  const [text] = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 1 });
  return text;
}

/** The same value once for each string in it, that one replaced. */
export function withEachString(value: unknown, by: string): unknown[] {
  if (typeof value === 'string') return [by];
  if (Array.isArray(value)) {
    return value.flatMap((part, at) => withEachString(part, by).map((one) => value.with(at, one)));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    withEachString(part, by).map((one) => ({ ...value, [name]: one })),
  );
}

/** The JSON text once for each object in it, that one given more fields. */
export function withMoreFields(value: unknown, fields: string): string[] {
  const marks: unknown[] = [];
  const walk = (part: unknown, rebuild: (marked: unknown) => unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (!Array.isArray(part)) marks.push(rebuild({ ...part, [MARK]: 0 }));
    for (const [name, inner] of Object.entries(part)) {
      walk(inner, (marked) =>
        rebuild(
          Array.isArray(part) ? part.with(Number(name), marked) : { ...part, [name]: marked },
        ),
      );
    }
  };
  walk(value, (marked) => marked);
  return marks.map((marked) => JSON.stringify(marked).replace(`"${MARK}":0`, fields));
}

const MARK = 'a field of no schema';
