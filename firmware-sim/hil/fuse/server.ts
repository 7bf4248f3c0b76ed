import { read as readCallback, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { Errno } from './errno.ts';
import { openMemory } from './process-memory.ts';
import type { FolderNode, OpenFile, TreeNode } from './tree.ts';
import {
  decodeIoctl,
  decodeName,
  decodePoll,
  decodeRequest,
  decodeTransfer,
  decodeWriteData,
  encodeAnswer,
  encodeAttributesAnswer,
  encodeEntry,
  encodeInit,
  encodeIoctl,
  encodeNames,
  encodeOpened,
  encodePoll,
  encodePollWake,
  encodeWritten,
  OP,
  type Request,
  requestBytesMax,
} from './wire.ts';

const read = promisify(readCallback);
const NOT_MOUNTED_YET_MS = 5;
const POLLIN_POLLOUT = 0x0001 | 0x0004;
const ROOT = 1n;
const O_ACCMODE = 3;
const EMPTY = new Uint8Array();
const { errno } = constants;

/**
 * Serves a tree of files on an open /dev/fuse. Resolves when the mount is gone: by then nobody can ask any more.
 * `signal` ends the wait for a mount that never comes.
 */
export async function serveFuse(
  fuse: number,
  root: FolderNode,
  signal: AbortSignal,
  onRequest: (pid: number) => void = () => {},
): Promise<void> {
  const server = new FuseServer(fuse, root);
  const buffer = Buffer.alloc(requestBytesMax);
  while (!signal.aborted) {
    const request = await nextRequest(fuse, buffer);
    if (request === 'gone') break;
    if (request === undefined) continue;
    if (request.pid !== 0) onRequest(request.pid);
    server.answer(request);
  }
  server.closeAll();
}

/** Undefined: none yet. */
async function nextRequest(fuse: number, buffer: Buffer): Promise<Request | 'gone' | undefined> {
  try {
    const { bytesRead } = await read(fuse, buffer, 0, buffer.length, null);
    return decodeRequest(buffer.subarray(0, bytesRead));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENODEV') return 'gone';
    // EPERM: nothing is mounted yet. The others: the request was taken back.
    if (code === 'EPERM') await new Promise((done) => setTimeout(done, NOT_MOUNTED_YET_MS));
    else if (!['EINTR', 'ENOENT', 'EAGAIN'].includes(code)) throw error;
    return undefined;
  }
}

class FuseServer {
  readonly #fuse: number;
  readonly #root: FolderNode;
  readonly #paths = new Map<bigint, string>([[ROOT, '']]);
  readonly #ids = new Map<string, bigint>([['', ROOT]]);
  readonly #open = new Map<bigint, OpenFile>();
  #lastHandle = 0n;

  constructor(fuse: number, root: FolderNode) {
    this.#fuse = fuse;
    this.#root = root;
  }

  answer(request: Request): void {
    const { op, unique } = request;
    if (op === OP.forget || op === OP.batchForget || op === OP.interrupt) return;
    let answer: Buffer;
    try {
      answer = encodeAnswer(unique, 0, this.#do(request));
    } catch (error) {
      answer = encodeAnswer(unique, error instanceof Errno ? error.errno : errno.EIO, EMPTY);
    }
    this.#send(answer);
  }

  /** What the kernel does not do for those who are gone with their mount. */
  closeAll(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  #do({ op, node, body, pid }: Request): Uint8Array {
    switch (op) {
      case OP.init:
        return encodeInit();
      case OP.lookup:
        return this.#lookup(node, decodeName(body));
      case OP.getattr:
      case OP.setattr:
        return encodeAttributesAnswer(node, this.#node(node).kind === 'folder');
      case OP.open:
        return this.#openFile(node, (body.readUInt32LE(0) & O_ACCMODE) !== 0);
      case OP.opendir:
      case OP.releasedir:
        return op === OP.opendir ? encodeOpened(0n) : EMPTY;
      case OP.readdir: {
        const folder = this.#node(node);
        if (folder.kind !== 'folder') throw new Errno('ENOTDIR');
        const { offset, size } = decodeTransfer(body);
        return encodeNames(folder.names(), offset, size);
      }
      case OP.read: {
        const { handle, offset, size } = decodeTransfer(body);
        return this.#file(handle).read(offset, size);
      }
      case OP.write: {
        const data = decodeWriteData(body);
        this.#file(decodeTransfer(body).handle).write(data);
        return encodeWritten(data.length);
      }
      case OP.release:
        this.#release(body.readBigUInt64LE(0));
        return EMPTY;
      case OP.ioctl: {
        const { handle, command, argument } = decodeIoctl(body);
        const file = this.#file(handle);
        if (!file.ioctl) throw new Errno('ENOTTY');
        return encodeIoctl(file.ioctl(command, argument, openMemory(pid)));
      }
      case OP.poll:
        return this.#poll(decodePoll(body));
      case OP.flush:
      case OP.access:
      case OP.destroy:
        return EMPTY;
      case OP.statfs:
        return new Uint8Array(80);
      default:
        throw new Errno('ENOSYS');
    }
  }

  #lookup(parent: bigint, name: string): Uint8Array {
    const folder = this.#node(parent);
    const found = folder.kind === 'folder' ? folder.get(name) : undefined;
    if (!found) throw new Errno('ENOENT');
    const path = `${this.#paths.get(parent) ?? ''}/${name}`;
    let id = this.#ids.get(path);
    if (id === undefined) {
      id = BigInt(this.#ids.size + 1);
      this.#ids.set(path, id);
      this.#paths.set(id, path);
    }
    return encodeEntry(id, found.kind === 'folder');
  }

  #node(id: bigint): TreeNode {
    const path = this.#paths.get(id);
    let node: TreeNode | undefined = path === undefined ? undefined : this.#root;
    for (const name of path?.split('/').slice(1) ?? []) {
      node = node?.kind === 'folder' ? node.get(name) : undefined;
    }
    if (!node) throw new Errno('ENOENT');
    return node;
  }

  #openFile(id: bigint, isWrite: boolean): Uint8Array {
    const node = this.#node(id);
    if (node.kind !== 'file') throw new Errno('EISDIR');
    const file = node.open(isWrite);
    this.#lastHandle += 1n;
    this.#open.set(this.#lastHandle, file);
    return encodeOpened(this.#lastHandle);
  }

  #file(handle: bigint): OpenFile {
    const file = this.#open.get(handle);
    if (!file) throw new Errno('EBADF');
    return file;
  }

  #release(handle: bigint): void {
    this.#open.get(handle)?.close();
    this.#open.delete(handle);
  }

  #poll({ handle, poller, isToBeWoken }: ReturnType<typeof decodePoll>): Uint8Array {
    const file = this.#file(handle);
    const wake = isToBeWoken ? () => this.#send(encodePollWake(poller)) : () => {};
    return encodePoll(file.poll?.(wake) ?? POLLIN_POLLOUT);
  }

  /** Who asked may be gone (ENOENT), and so may the mount (ENODEV, EPERM): nobody is left to be told. */
  #send(bytes: Buffer): void {
    try {
      writeSync(this.#fuse, bytes);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOENT', 'ENODEV', 'EPERM', 'EINVAL'].includes(code)) throw error;
    }
  }
}
