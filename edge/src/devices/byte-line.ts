/** A line that bytes go over both ways, open at one speed. */
export interface ByteLine {
  write(bytes: Uint8Array): void;
  /** Nothing is told of it afterwards. */
  close(): Promise<void>;
}

export interface ByteLineEvents {
  onBytes(bytes: Uint8Array): void;
  /** It is gone by itself; it is told once. */
  onGone(why: string): void;
}

/** Opens the line, whatever it was before; rejects with an Error that says why it cannot. */
export type OpenByteLine = (baudRate: number, events: ByteLineEvents) => Promise<ByteLine>;
