/** What the network said, in a word. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'network-error';
  const cause = error.cause as { code?: unknown } | undefined;
  if (typeof cause?.code === 'string') return cause.code;
  return error.message;
}
