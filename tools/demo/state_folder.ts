/**
 * The folder with the demo's state: used by one demo at a time, and tidied up after one that was killed.
 *
 * @module
 */
import { join } from "node:path";
import { endProcess, isAlive, type ProcessMark } from "./process_mark.ts";

/** How long to wait for a demo that is stopping, in milliseconds. */
const STOPPING_TIMEOUT_MS = 60_000;

/** What the demo that has the folder says about itself. */
interface Notes {
  readonly demo: ProcessMark;
  readonly stopping: boolean;
  /** In the order of their start. */
  readonly programs: readonly (ProcessMark & { readonly name: string })[];
}

/** The folder while we have it; disposing gives it to the next demo. */
export class StateFolder implements Disposable {
  /** Its path. */
  readonly path: string;
  readonly #lock: Deno.FsFile;
  #notes: Notes;

  private constructor(
    path: string,
    taken: { lock: Deno.FsFile; notes: Notes },
  ) {
    this.path = path;
    this.#lock = taken.lock;
    this.#notes = taken.notes;
  }

  /**
   * Makes the folder, or takes the one that an earlier demo left. Waits for a demo that is stopping, and ends server and agent of one that was killed.
   *
   * @throws {Error} when another demo has it, or when it is somebody else's folder
   */
  static async take(
    path: string,
    say: (line: string) => void,
  ): Promise<StateFolder> {
    await refuseOthersFolder(path);
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const lock = await Deno.open(join(path, "demo.lock"), {
      create: true,
      write: true,
    });
    try {
      const deadline = performance.now() + STOPPING_TIMEOUT_MS;
      for (let told = false; !await lock.tryLock(true); told = true) {
        const { demo, stopping } = await readNotes(path) ?? {};
        if (!stopping || performance.now() > deadline) {
          throw new Error(
            `Cannot start the demo: another one${
              demo ? ` (process ${demo.pid})` : ""
            } runs with its state in "${path}": end it with Ctrl-C, or give this one another --data-dir`,
          );
        }
        if (!told) say("Waiting for the demo before this one to stop");
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      await endLeftovers(await readNotes(path), say);
      const demo = { pid: Deno.pid };
      const folder = new StateFolder(path, {
        lock,
        notes: { demo, stopping: false, programs: [] },
      });
      await folder.#write();
      return folder;
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Notes a program that was started, so that a later demo can end it if this one is killed. */
  async started(program: ProcessMark & { name: string }): Promise<void> {
    const programs = [...this.#notes.programs, program];
    this.#notes = { ...this.#notes, programs };
    await this.#write();
  }

  /** Notes that this demo is about to end. */
  async stopping(): Promise<void> {
    this.#notes = { ...this.#notes, stopping: true };
    await this.#write();
  }

  /** Notes that nothing runs any more. */
  async stopped(): Promise<void> {
    this.#notes = { ...this.#notes, programs: [] };
    await this.#write();
  }

  /** Removes the folder with all that is in it. */
  async remove(): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }

  async #write(): Promise<void> {
    const path = join(this.path, "demo.json");
    await Deno.writeTextFile(`${path}.draft`, JSON.stringify(this.#notes));
    await Deno.rename(`${path}.draft`, path);
  }
}

/** `--once` removes the folder at the end: it must not be one with other things in it. */
async function refuseOthersFolder(path: string): Promise<void> {
  let names: string[];
  try {
    names = [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const ours = names.length === 0 || names.includes("demo.lock") ||
    await Deno.stat(join(path, "server", "kv.sqlite3")).then(
      () => true,
      () => false,
    );
  if (!ours) {
    throw new Error(
      `Cannot keep the demo's state in "${path}": the folder holds other things; give a new or empty folder as --data-dir`,
    );
  }
}

async function readNotes(path: string): Promise<Notes | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(path, "demo.json")));
  } catch {
    return undefined; // none yet
  }
}

/** Newest first: the agent takes its pods down while the server is there. */
async function endLeftovers(
  notes: Notes | undefined,
  say: (line: string) => void,
): Promise<void> {
  const left = [];
  for (const program of notes?.programs ?? []) {
    if (await isAlive(program)) left.unshift(program);
  }
  if (left.length === 0) return;
  say(
    `Ending what a demo left that was killed: ${
      left.map(({ name, pid }) => `${name} (process ${pid})`).join(", ")
    }`,
  );
  for (const program of left) await endProcess(program);
}
