import type { InitializeHook, ResolveHook } from 'node:module';

// Module hooks: whoever imports a file that ends so gets another one instead.

let swaps: Readonly<Record<string, string>> = {};

export const initialize: InitializeHook<Readonly<Record<string, string>>> = (data) => {
  swaps = data;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context);
  const swap = Object.entries(swaps).find(([end]) => found.url.endsWith(end));
  // The one that stands in may import the original.
  if (!swap || context.parentURL === swap[1]) return found;
  return { ...found, url: swap[1] };
};
