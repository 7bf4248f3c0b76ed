/**
 * The primitives that pure code is given: node:crypto on gateway and cloud, WebCrypto-compatible ones elsewhere.
 * All are total: malformed keys or signatures are `false`, never an exception.
 */
export interface Crypto {
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Raw 32-byte key, 64-byte signature. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ECDSA with SHA-256; compressed 33-byte point, 64-byte r||s signature. */
  verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs a message under one Ed25519 key, 64 bytes. */
export type SignEd25519 = (message: Uint8Array) => Uint8Array;
