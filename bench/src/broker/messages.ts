/** What the bench tells the process that holds the broker, and what that answers. */
export type ToHost =
  | { readonly kind: 'start'; readonly broker: 'ours' | 'plain'; readonly devices: number }
  /** Orders for the one device, and more of them for the other; until told to stop. */
  | { readonly kind: 'order'; readonly on: boolean }
  /** So many orders for a device that is not there. */
  | { readonly kind: 'absent'; readonly orders: number }
  | { readonly kind: 'memory' };

export type FromHost =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'absent-done' }
  /** Resident bytes, after a collection: what the process holds and not what it has not cleared away. */
  | { readonly kind: 'memory'; readonly bytes: number };
