/**
 * A folder for sockets that only this process may reach, gone with it.
 *
 * @module
 */
import { basename, join } from "node:path";

const PREFIX = "wherry-tls-";
const DRAFT_PREFIX = "wherry-new-";
/** A unix socket's path has room for 107 bytes; the file's own name needs some. */
const MAX_FOLDER_LENGTH = 60;

/** The folder (mode 0700) and a lock in it that tells a living owner from a crashed one. */
export class PrivateFolder {
  readonly #folder: string;
  readonly #lock: Deno.FsFile;

  private constructor(folder: string, lock: Deno.FsFile) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /**
   * Makes one, and removes those that crashed processes of this user left.
   *
   * @param options.parent where. @default the user's run-time folder, else the one for temporary files
   */
  static async make(
    options: { parent?: string } = {},
  ): Promise<PrivateFolder> {
    const parent = options.parent ?? parentFolder();
    await removeStale(parent);
    // made under another name first: under its own one, it must never be seen without its lock
    const draft = await Deno.makeTempDir({ dir: parent, prefix: DRAFT_PREFIX });
    const lock = await Deno.open(join(draft, "lock"), {
      create: true,
      write: true,
      mode: 0o600,
    });
    await lock.lock(true);
    const name = basename(draft).slice(DRAFT_PREFIX.length);
    const folder = join(parent, PREFIX + name);
    await Deno.rename(draft, folder);
    return new PrivateFolder(folder, lock);
  }

  /** The path of a file in it. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Removes it with all that is in it. */
  async remove(): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
    this.#lock.close();
  }
}

function parentFolder(): string {
  for (const name of ["XDG_RUNTIME_DIR", "TMPDIR"]) {
    const folder = Deno.env.get(name);
    if (folder && folder.length <= MAX_FOLDER_LENGTH && isFolder(folder)) {
      return folder;
    }
  }
  return "/tmp";
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function removeStale(parent: string): Promise<void> {
  for await (const entry of Deno.readDir(parent)) {
    if (!entry.isDirectory || !entry.name.startsWith(PREFIX)) continue;
    const folder = join(parent, entry.name);
    try {
      if ((await Deno.lstat(folder)).uid !== Deno.uid()) continue;
      using lock = await Deno.open(join(folder, "lock"), { write: true });
      if (!await lock.tryLock(true)) continue; // its owner lives
      await Deno.remove(folder, { recursive: true });
    } catch {
      // another process was faster, or it is not ours to remove
    }
  }
}
