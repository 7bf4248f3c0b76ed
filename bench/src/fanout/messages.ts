/** To the peer's process: send this to all who are connected. */
export interface ToPeer {
  readonly event: string;
  /** A segment in base64. */
  readonly segment: string;
}

export interface FromPeer {
  readonly kind: 'port';
  readonly port: number;
}
