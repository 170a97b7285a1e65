/**
 * The files in which sandboxes and containers are kept, with a copy in memory. One agent alone writes them.
 *
 * A record is written without waiting for the disk: after a power cut nothing of it runs any more, and one that is spoilt counts as not there.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { ContainerRecord, SandboxRecord } from "./container_record.ts";

/** All records of a runtime. */
export class Records {
  readonly sandboxes: Map<string, SandboxRecord> = new Map();
  readonly containers: Map<string, ContainerRecord> = new Map();
  readonly #disk: Host["disk"];
  readonly #dir: string;

  private constructor(disk: Host["disk"], dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  /** Reads what earlier agents left. Containers without a sandbox and spoilt files are leftovers of a crash: they are removed. */
  static async open(host: Pick<Host, "disk">, dir: string): Promise<Records> {
    const { disk } = host;
    const records = new Records(disk, dir);
    await disk.mkdir(records.#sandboxDir);
    await disk.mkdir(records.#containerDir);
    for (const name of await disk.list(records.#sandboxDir)) {
      const path = `${records.#sandboxDir}/${name}`;
      const record = name.endsWith(".json")
        ? await readJson<SandboxRecord>(disk, path)
        : undefined;
      if (record) records.sandboxes.set(record.id, record);
      else await disk.remove(path);
    }
    for (const id of await disk.list(records.#containerDir)) {
      const record = await readJson<ContainerRecord>(
        disk,
        `${records.folderOf(id)}/container.json`,
      );
      if (record && records.sandboxes.has(record.sandboxId)) {
        records.containers.set(id, record);
      } else await disk.remove(records.folderOf(id));
    }
    return records;
  }

  /** A container's own folder. */
  folderOf(containerId: string): string {
    return `${this.#containerDir}/${containerId}`;
  }

  /** A sandbox's containers, oldest first. */
  containersOf(sandboxId: string): ContainerRecord[] {
    return [...this.containers.values()]
      .filter((record) => record.sandboxId === sandboxId)
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Writes or replaces a sandbox's record. */
  async putSandbox(record: SandboxRecord): Promise<void> {
    await this.#write(`${this.#sandboxDir}/${record.id}.json`, record);
    this.sandboxes.set(record.id, record);
  }

  /** Forgets a sandbox. */
  async dropSandbox(id: string): Promise<void> {
    await this.#disk.remove(`${this.#sandboxDir}/${id}.json`);
    this.sandboxes.delete(id);
  }

  /** Writes a container's record into its folder, which must be there. */
  async putContainer(record: ContainerRecord): Promise<void> {
    await this.#write(
      `${this.folderOf(record.id)}/container.json`,
      record,
    );
    this.containers.set(record.id, record);
  }

  /** Forgets a container and removes its folder. */
  async dropContainer(id: string): Promise<void> {
    await this.#disk.remove(this.folderOf(id));
    this.containers.delete(id);
  }

  get #sandboxDir(): string {
    return `${this.#dir}/sandboxes`;
  }

  get #containerDir(): string {
    return `${this.#dir}/containers`;
  }

  async #write(path: string, record: unknown): Promise<void> {
    // Environment variables may be secrets.
    await this.#disk.writeAtomic(path, JSON.stringify(record), {
      mode: 0o600,
      sync: false,
    });
  }
}

async function readJson<T>(
  disk: Host["disk"],
  path: string,
): Promise<T | undefined> {
  try {
    return JSON.parse(await disk.readText(path));
  } catch {
    return undefined;
  }
}
