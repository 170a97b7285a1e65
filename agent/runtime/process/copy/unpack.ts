/**
 * Unpacks an archive into a container's volumes, as `tar xmf - -C FOLDER` in the container would, and never anywhere else.
 *
 * What an archive may hold here are folders, files, and links that stay in their volume; all else is refused by name, and what is well goes on. A file has
 * its own name once it is whole: it is written under another, and then takes the place of what was there, which is not written through.
 *
 * @module
 */
import { posix } from "node:path";
import { encodeHex } from "../../../../src/base/bytes.ts";
import { type Host, HostError } from "../../../../src/base/host.ts";
import {
  readTar,
  type TarMember,
} from "../../../../src/base/tar/tar_reader.ts";
import {
  CopyError,
  ENTER,
  type Reached,
  type VolumeTree,
  within,
  WRITE,
} from "./volume_tree.ts";

/** What the umask takes from the modes of an archive. */
const UMASK = 0o022;

/** What is said of members that an archive should not have. */
const REFUSED: Partial<Readonly<Record<TarMember["type"], string>>> = {
  "hard-link": "a hard link",
  device: "a device",
  fifo: "a named pipe",
  other: "of an unknown kind",
};

/** How many refusals are told one by one. */
const MOST_COMPLAINTS = 100;

type UnpackHost = Pick<Host, "disk" | "random">;

/** What {@linkcode unpackVolumes} needs. */
export interface UnpackOptions {
  readonly tree: VolumeTree;
  readonly folder: string;
  readonly archive: AsyncIterable<Uint8Array>;
  /** Takes what is wrong with single members. */
  complain(message: string): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Answers tar's exit code: 2 when something was refused.
 *
 * @throws {CopyError} when nothing can be unpacked there
 * @throws {TarError} when the archive is broken
 */
export async function unpackVolumes(
  host: UnpackHost,
  { tree, folder, archive, complain, signal }: UnpackOptions,
): Promise<number> {
  await demandFolder(tree, folder);
  let complaints = 0;
  const unpacker = new Unpacker(host, { tree, folder, signal });
  for await (const member of readTar(archive)) {
    signal.throwIfAborted();
    try {
      await unpacker.add(member);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CopyError || error instanceof HostError)) {
        throw error;
      }
      complaints++;
      if (complaints <= MOST_COMPLAINTS) {
        await complain(wordsOf(error, member.name));
      }
      // The disk stays full: what comes is read for nothing.
      if (error instanceof HostError && error.code === "no-space") return 2;
    }
  }
  if (complaints > MOST_COMPLAINTS) {
    await complain(`and ${complaints - MOST_COMPLAINTS} others`);
  }
  return complaints > 0 ? 2 : 0;
}

async function demandFolder(tree: VolumeTree, folder: string): Promise<void> {
  if (tree.isAbove(tree.absolute(folder))) return;
  try {
    await using there = await tree.reach(folder, { follow: true });
    if (there.held.info.isDirectory) return;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === "not-found") {
      throw new CopyError(
        `${folder}: Cannot open: No such file or directory`,
      );
    }
  }
  throw new CopyError(`${folder}: Cannot open: Not a directory`);
}

function wordsOf(error: CopyError | HostError, name: string): string {
  if (error instanceof CopyError) return error.message;
  switch (error.code) {
    case "no-space":
      return `${name}: Cannot write: No space left on device`;
    case "permission":
      return `${name}: Cannot open: Permission denied`;
    case "not-found":
      return `${name}: Cannot open: No such file or directory`;
    case "invalid":
      return `${name}: Cannot open: a link or a folder is in the way`;
    default:
      return `${name}: Cannot open: ${error.message}`;
  }
}

class Unpacker {
  readonly #host: UnpackHost;
  readonly #options: Pick<UnpackOptions, "tree" | "folder" | "signal">;

  constructor(
    host: UnpackHost,
    options: Pick<UnpackOptions, "tree" | "folder" | "signal">,
  ) {
    this.#host = host;
    this.#options = options;
  }

  /** @throws {CopyError} when it is refused */
  async add(member: TarMember): Promise<void> {
    const { tree, folder } = this.#options;
    const { name, type } = member;
    const refused = REFUSED[type];
    if (refused) throw new CopyError(`${name}: is ${refused}, refused`);
    if (name.includes("\0")) throw new CopyError("a name holds a NUL, refused");
    if (name.split("/").includes("..")) {
      throw new CopyError(`${name}: Member name contains '..', refused`);
    }
    // As tar: what is absolute counts from the folder.
    const path = posix.join(tree.absolute(folder), name).replace(/\/$/, "") ||
      "/";
    if (tree.isAbove(path) && type === "folder") return;
    if (type === "folder") {
      await using _made = await this.#folder(path);
      return;
    }
    await using parent = await this.#folder(posix.dirname(path));
    const into = { parent, name: posix.basename(path), path };
    this.#demandWrite(parent);
    if (tree.mountsIn(parent.path).includes(into.name)) {
      throw new CopyError(`${path}: Cannot replace a volume`);
    }
    await this.#demandPlace(into);
    if (type === "link") await this.#link(into, member.linkTarget);
    else await this.#file(into, member);
  }

  /** The folder at a path of the container; those that are missing are made. */
  async #folder(path: string): Promise<Reached> {
    const { tree } = this.#options;
    try {
      const there = await tree.reach(path, { follow: true });
      if (there.held.info.isDirectory) return there;
      await there[Symbol.asyncDispose]();
      throw new CopyError(`${path}: Not a directory`);
    } catch (error) {
      const isMissing = error instanceof HostError &&
        error.code === "not-found";
      // The volume itself is always there.
      if (!isMissing || path === "/") throw error;
    }
    await using parent = await this.#folder(posix.dirname(path));
    return await this.#makeFolder(parent, posix.basename(path));
  }

  async #makeFolder(parent: Reached, name: string): Promise<Reached> {
    const { tree } = this.#options;
    const { disk } = this.#host;
    this.#demandWrite(parent);
    await disk.mkdir(`${within(parent)}/${name}`, { mode: 0o700 });
    {
      await using made = await tree.child(parent, name);
      const { user } = tree;
      // Somebody else may have put another one there meanwhile: only an empty one of ours is given away.
      const isOurs = made.held.info.isDirectory &&
        (await disk.list(within(made))).length === 0;
      if (!isOurs) throw new CopyError(`${made.path}: is in the way`);
      const { mode, gid } = parent.held.info;
      const handsOn = mode & 0o2000;
      if (user) {
        await disk.chown(made.held.path, {
          uid: user.uid,
          gid: handsOn ? gid ?? user.gid : user.gid,
        });
      }
      await disk.chmod(made.held.path, 0o755 | handsOn);
    }
    // Again, with what it is now.
    return await tree.child(parent, name);
  }

  async #file(
    { parent, name }: { parent: Reached; name: string },
    member: TarMember,
  ): Promise<void> {
    const { disk } = this.#host;
    const { signal, tree } = this.#options;
    const { user } = tree;
    const { availableBytes } = await disk.space(parent.held.path);
    if (member.sizeBytes > availableBytes) {
      throw new HostError("no-space", "No space left on device");
    }
    const { mode, gid } = parent.held.info;
    const draft = this.#draft(parent);
    try {
      {
        await using file = await disk.openNew(draft, {
          mode: member.mode & 0o777 & ~UMASK,
          ...(user && {
            owner: {
              uid: user.uid,
              gid: mode & 0o2000 ? gid ?? user.gid : user.gid,
            },
          }),
        });
        for await (const piece of member.content) {
          signal.throwIfAborted();
          await file.append(piece);
        }
      }
      await disk.rename(draft, `${within(parent)}/${name}`);
    } catch (error) {
      await disk.remove(draft).catch(() => {}); // the first error is the one to tell
      throw error;
    }
  }

  /** A link is made where it stays in its volume: the container can make any other itself, and no reader of volumes follows one. */
  async #link(
    { parent, name, path }: { parent: Reached; name: string; path: string },
    target: string,
  ): Promise<void> {
    const { place } = parent;
    const to = posix.resolve(parent.path, target);
    const stays = !posix.isAbsolute(target) && target !== "" &&
      !target.includes("\0") &&
      (to === place.path || to.startsWith(`${place.path}/`));
    if (!stays) {
      throw new CopyError(
        `${path}: is a link that leads out of the volume, to ${target}, refused`,
      );
    }
    const { disk } = this.#host;
    const draft = this.#draft(parent);
    try {
      await disk.symlink(target, draft);
      await disk.rename(draft, `${within(parent)}/${name}`);
    } catch (error) {
      await disk.remove(draft).catch(() => {});
      throw error;
    }
  }

  #demandWrite(folder: Reached): void {
    const { tree } = this.#options;
    if (folder.place.readOnly) {
      throw new CopyError(`${folder.path}: Read-only file system`);
    }
    tree.demand(folder.held.info, WRITE | ENTER, folder.path);
  }

  /** What is there may be replaced unless it is a folder or, in a folder like /tmp, another's. */
  async #demandPlace(
    { parent, name, path }: { parent: Reached; name: string; path: string },
  ): Promise<void> {
    const { tree } = this.#options;
    const there = await this.#host.disk.stat(`${within(parent)}/${name}`)
      .catch((error) => {
        if (error instanceof HostError && error.code === "not-found") return;
        throw error;
      });
    if (!there) return;
    if (there.isDirectory) {
      throw new CopyError(`${path}: Cannot open: Is a directory`);
    }
    if (!tree.mayReplace(parent.held.info, there)) {
      throw new CopyError(
        `${path}: Cannot unlink: Operation not permitted`,
      );
    }
  }

  /** A name that nobody can know before it is taken. */
  #draft(parent: Reached): string {
    const name = encodeHex(this.#host.random.bytes(12));
    return `${within(parent)}/.wherry-${name}`;
  }
}
