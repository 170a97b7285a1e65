/**
 * A container's volumes under the names that the container has for them, reached as its own user would reach them, and no other file of the machine.
 *
 * A volume's content is the container's to change at any moment. So every step is one name below a folder that is held open, and no link is followed by
 * the kernel (`docs/decisions/0018-parts-of-volumes.md`): links are read and resolved here, as far as they stay in their volume. The agent may be root,
 * which may everything: what the container's user may is looked up in owners and modes, as the kernel does it.
 *
 * @module
 */
import { posix } from "node:path";
import {
  type FileInfo,
  type HeldFile,
  type Host,
  HostError,
} from "../../../../src/base/host.ts";

/** Where one of a container's mounts is. */
export interface VolumePlace {
  /** What the container calls it: absolute, without `..`. */
  readonly path: string;
  readonly readOnly: boolean;
  /** It is `names` below the folder `root`; see `Disk.hold`. */
  readonly root: string;
  readonly names: readonly string[];
}

/** A container whose volumes are wanted. */
export interface VolumeTreeOptions {
  readonly places: readonly VolumePlace[];
  /** From where relative paths count. @default "/" */
  readonly workingDir?: string;
  /** Whose rights count; absent: our own, which the kernel looks after. */
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  };
  /** What such a container is called in messages. */
  readonly kind: string;
}

/** A file or folder that is held, and what it is in. */
export interface Reached extends AsyncDisposable {
  readonly held: HeldFile;
  /** The container's path to it, without links. */
  readonly path: string;
  readonly place: VolumePlace;
}

/** What went wrong, in the words that users of tar know. */
export class CopyError extends Error {
  /** `CopyError`. */
  override readonly name = "CopyError";
}

/** What somebody may do with a file. */
export const READ = 4;
/** As {@linkcode READ}. */
export const WRITE = 2;
/** As {@linkcode READ}; of a folder, to go into it. */
export const ENTER = 1;

/** As many links as the kernel follows on one path. */
const MOST_LINKS = 40;

/** See the module. */
export class VolumeTree {
  readonly #disk: Host["disk"];
  readonly #options: VolumeTreeOptions;

  constructor(disk: Host["disk"], options: VolumeTreeOptions) {
    this.#disk = disk;
    this.#options = options;
  }

  /** Who new files belong to; absent: whoever we are. */
  get user(): VolumeTreeOptions["user"] {
    return this.#options.user;
  }

  /** The container's absolute path, without `.` and `..`. */
  absolute(path: string): string {
    return posix.resolve("/", this.#options.workingDir ?? "/", path);
  }

  /** Whether volumes are below it and it is in none itself: such a folder is there, but nothing can be put into it. */
  isAbove(path: string): boolean {
    return !this.#placeOf(path) &&
      this.#options.places.some((place) => isBelow(place.path, path));
  }

  /** Names of volumes right below a folder. */
  mountsIn(path: string): string[] {
    return this.#options.places.filter((place) =>
      place.path !== path && posix.dirname(place.path) === path
    ).map((place) => posix.basename(place.path));
  }

  /** What is said of a path that is in no volume. */
  outside(path: string): CopyError {
    const all = this.#options.places.map((place) => place.path);
    return new CopyError(
      `${path}: not in a volume, and of a ${this.#options.kind} container only volumes can be copied to and from${
        all.length > 0 ? `: it has ${all.join(", ")}` : ": it has none"
      }`,
    );
  }

  /**
   * Opens what a path leads to.
   *
   * @param options.follow whether a link at the end is followed
   * @throws {CopyError} when it is in no volume, leads out of its volume, or the container's user may not go there
   * @throws {HostError} `not-found`
   */
  async reach(
    path: string,
    { follow }: { readonly follow: boolean },
  ): Promise<Reached> {
    let links = 0;
    let wanted = this.absolute(path);
    for (;;) {
      const step = await this.#walk(wanted, follow);
      if (!("target" in step)) return step;
      if (++links > MOST_LINKS) {
        throw new CopyError(`${path}: Too many levels of symbolic links`);
      }
      wanted = this.#resolved(step, path);
    }
  }

  /** Opens something in a folder that is held; a link is not followed. @throws {HostError} `invalid` when it is one, `not-found` */
  async child(folder: Reached, name: string): Promise<Reached> {
    const path = posix.join(folder.path, name);
    const own = this.#options.places.find((place) => place.path === path);
    this.demand(folder.held.info, ENTER, folder.path);
    if (own) return this.#reached(await this.#root(own), path, own);
    const held = await this.#disk.hold(within(folder), [name]);
    return this.#reached(held, path, folder.place);
  }

  /** @throws {CopyError} when the container's user may not */
  demand(info: FileInfo, want: number, path: string): void {
    if (this.may(info, want)) return;
    throw new CopyError(`${path}: Permission denied`);
  }

  /** Whether the container's user may. */
  may({ uid, gid, mode }: FileInfo, want: number): boolean {
    const { user } = this.#options;
    if (!user) return true;
    const isGroups = gid !== undefined &&
      (gid === user.gid || user.groups.includes(gid));
    const bits = uid === user.uid ? mode >> 6 : isGroups ? mode >> 3 : mode;
    return (want & ~bits) === 0;
  }

  /** Whether the container's user may take a name of a folder away, or put another file in its place. */
  mayReplace(folder: FileInfo, file: FileInfo): boolean {
    const { user } = this.#options;
    const isSticky = (folder.mode & 0o1000) !== 0;
    return !user || !isSticky || [folder.uid, file.uid].includes(user.uid);
  }

  /** Goes name by name, until a link is in the way that has to be followed. */
  async #walk(
    path: string,
    follow: boolean,
  ): Promise<
    Reached | { place: VolumePlace; at: string; target: string; rest: string[] }
  > {
    const place = this.#placeOf(path);
    if (!place) throw this.outside(path);
    const names = path.slice(place.path.length).split("/").filter(Boolean);
    let at = this.#reached(await this.#root(place), place.path, place);
    for (const [index, name] of names.entries()) {
      await using folder = at;
      const isLast = index === names.length - 1;
      if (!folder.held.info.isDirectory) {
        throw new CopyError(`${path}: Not a directory`);
      }
      try {
        at = await this.child(folder, name);
      } catch (error) {
        const isLink = error instanceof HostError && error.code === "invalid";
        if (!isLink || (isLast && !follow)) throw error;
        return {
          place,
          at: folder.path,
          target: await this.#disk.readLink(`${within(folder)}/${name}`),
          rest: names.slice(index + 1),
        };
      }
    }
    return at;
  }

  /** Where a link leads, when it stays in its volume. */
  #resolved(
    { place, at, target, rest }: {
      place: VolumePlace;
      at: string;
      target: string;
      rest: string[];
    },
    path: string,
  ): string {
    const to = posix.resolve(at, target);
    if (to !== place.path && !isBelow(to, place.path)) {
      throw new CopyError(
        `${path}: a link on the way leads out of the volume, to ${target}`,
      );
    }
    return posix.join(to, ...rest);
  }

  #root({ root, names }: VolumePlace): Promise<HeldFile> {
    return this.#disk.hold(root, names);
  }

  #reached(held: HeldFile, path: string, place: VolumePlace): Reached {
    return {
      held,
      path,
      place,
      [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
    };
  }

  /** The innermost that the path is in. */
  #placeOf(path: string): VolumePlace | undefined {
    return this.#options.places
      .filter((place) => place.path === path || isBelow(path, place.path))
      .sort((a, b) => b.path.length - a.path.length)[0];
  }
}

/** A held folder as the beginning of a path. */
export function within({ held }: Pick<Reached, "held">): string {
  return `${held.path}/.`;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`) &&
    path !== folder;
}
