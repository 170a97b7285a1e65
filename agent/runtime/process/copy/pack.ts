/**
 * Writes an archive of a part of a container's volumes, as `tar cf - PATH` in the container would.
 *
 * @module
 */
import { posix } from "node:path";
import { messageOf } from "../../../../src/base/errors.ts";
import { type Host, HostError } from "../../../../src/base/host.ts";
import {
  TAR_END_BYTES,
  tarHeader,
  tarPadding,
} from "../../../../src/base/tar/tar_header.ts";
import {
  CopyError,
  ENTER,
  type Reached,
  READ,
  type VolumeTree,
  within,
} from "./volume_tree.ts";

/** How much of a file is read at a time, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** Folders deeper than this are not gone into: each level is held open. */
const MOST_LEVELS = 200;

/** A folder whose list of names takes more on the disk than this, in bytes, is not read: they would all be in memory. */
const MOST_FOLDER_BYTES = 16 * 1024 * 1024;

/** What {@linkcode packVolumes} needs. */
export interface PackOptions {
  readonly tree: VolumeTree;
  readonly path: string;
  /** Takes the archive; a piece is used again once it is taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** Takes what is wrong with single files. */
  complain(message: string): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Answers tar's exit code: 2 when something was left out.
 *
 * @throws {CopyError} when nothing can be archived
 */
export async function packVolumes(
  host: Pick<Host, "disk">,
  options: PackOptions,
): Promise<number> {
  const { tree, path, write } = options;
  await using top = await reachTop(tree, path);
  const packer = new Packer(host.disk, options);
  await packer.add(top, memberName(path), 0);
  await write(new Uint8Array(TAR_END_BYTES));
  return packer.hasComplained ? 2 : 0;
}

async function reachTop(
  tree: VolumeTree,
  path: string,
): Promise<Reached | LinkAt> {
  const absolute = tree.absolute(path);
  if (tree.isAbove(absolute)) throw tree.outside(path);
  try {
    return await tree.reach(path, { follow: false });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === "invalid") {
      const folder = await tree.reach(posix.dirname(absolute), {
        follow: true,
      });
      return new LinkAt(folder, posix.basename(absolute));
    }
    throw new CopyError(
      `${path}: Cannot stat: ${
        error.code === "not-found" ? "No such file or directory" : error.message
      }`,
    );
  }
}

/** A link, which cannot be held. */
class LinkAt implements AsyncDisposable {
  constructor(readonly folder: Reached, readonly linkName: string) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

/** As tar: without what leads to the root or above. */
function memberName(path: string): string {
  const clean = posix.normalize(path).replace(/\/$/, "");
  return clean.replace(/^(\.\.\/|\/)+/, "") || ".";
}

class Packer {
  readonly #disk: Host["disk"];
  readonly #options: PackOptions;
  hasComplained = false;

  constructor(disk: Host["disk"], options: PackOptions) {
    this.#disk = disk;
    this.#options = options;
  }

  async add(
    found: Reached | LinkAt,
    name: string,
    level: number,
  ): Promise<void> {
    if (found instanceof LinkAt) {
      return await this.#addLink(found.folder, found.linkName, name);
    }
    const { info } = found.held;
    if (info.isDirectory) await this.#addFolder(found, name, level);
    else if (info.isFile) await this.#addFile(found, name);
    else await this.#complain(`${found.path}: ${info.special} ignored`);
  }

  async #addFolder(
    folder: Reached,
    name: string,
    level: number,
  ): Promise<void> {
    const { tree, write, signal } = this.#options;
    const { info } = folder.held;
    if (!tree.may(info, READ | ENTER)) {
      return await this.#complain(
        `${folder.path}: Cannot open: Permission denied`,
      );
    }
    if (level > MOST_LEVELS) {
      return await this.#complain(`${folder.path}: too deep, left out`);
    }
    if (info.sizeBytes > MOST_FOLDER_BYTES) {
      return await this.#complain(
        `${folder.path}: too many files in it, left out`,
      );
    }
    await write(tarHeader({ name, type: "folder", ...facts(folder) }));
    const names = new Set([
      ...await this.#disk.list(within(folder)),
      ...tree.mountsIn(folder.path),
    ]);
    for (const one of names) {
      signal.throwIfAborted();
      await this.#addChild(folder, one, {
        name: posix.join(name, one),
        level: level + 1,
      });
    }
  }

  async #addChild(
    folder: Reached,
    one: string,
    { name, level }: { readonly name: string; readonly level: number },
  ): Promise<void> {
    const { tree } = this.#options;
    let child;
    try {
      child = await tree.child(folder, one);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === "invalid") {
        return await this.#addLink(folder, one, name);
      }
      if (error.code === "not-found") return; // it was there a moment ago
      return await this.#complain(messageOf(error));
    }
    await using held = child;
    await this.add(held, name, level);
  }

  async #addLink(folder: Reached, one: string, name: string): Promise<void> {
    const path = `${within(folder)}/${one}`;
    try {
      const linkTarget = await this.#disk.readLink(path);
      const { modified, uid = 0, gid = 0 } = await this.#disk.stat(path);
      await this.#options.write(
        tarHeader({
          ...{ name, type: "link", mode: 0o777, linkTarget },
          ...{ modified, uid, gid },
        }),
      );
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      await this.#complain(`${folder.path}/${one}: Cannot stat`);
    }
  }

  /** A file that grows meanwhile is cut where it ended at first, one that shrinks is filled up. */
  async #addFile(file: Reached, name: string): Promise<void> {
    const { tree, write, signal } = this.#options;
    const { sizeBytes } = file.held.info;
    if (!tree.may(file.held.info, READ)) {
      return await this.#complain(
        `${file.path}: Cannot open: Permission denied`,
      );
    }
    await using content = await this.#disk.openRead(file.held.path);
    await write(tarHeader({ name, type: "file", sizeBytes, ...facts(file) }));
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let left = sizeBytes; left > 0;) {
      signal.throwIfAborted();
      const most = buffer.subarray(0, Math.min(left, buffer.length));
      const count = await content.read(most);
      if (count === null) {
        await this.#complain(
          `${file.path}: File shrank by ${left} bytes; padding with zeros`,
        );
        most.fill(0);
      }
      const piece = most.subarray(0, count ?? most.length);
      await write(piece);
      left -= piece.length;
    }
    await write(tarPadding(sizeBytes));
  }

  async #complain(message: string): Promise<void> {
    this.hasComplained = true;
    await this.#options.complain(message);
  }
}

function facts({ held }: Reached) {
  const { mode, modified, uid = 0, gid = 0 } = held.info;
  return { mode: mode & 0o777, modified, uid, gid };
}
