/**
 * Manifests that were put on the agent's own socket.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import type { ManifestReader } from "./manifest_reader.ts";

/** Only the agent's user reads what was put. */
const FILE_MODE = 0o600;

/** What {@linkcode PutManifests} need. */
export interface PutManifestsOptions {
  /** Absolute; the manifests lie below it. */
  readonly dataDir: string;
  readonly reader: ManifestReader;
  /** Takes all pods that were put, at first and after every change. */
  readonly tell: (pods: readonly Pod[]) => void;
  /** The source whose pod has this one's name, so that it waits. @default none */
  readonly waitsFor?: (pod: Pod) => string | undefined;
}

/** What was put, each in a file of its own, as it came. Changes come one after the other. */
export class PutManifests {
  readonly #host: Host;
  readonly #options: PutManifestsOptions;
  readonly #folder: string;
  readonly #pods = new Map<string, Pod>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, options: PutManifestsOptions) {
    this.#host = host;
    this.#options = options;
    this.#folder = `${options.dataDir}/manifests`;
  }

  /** The pods, by `namespace/name` of their manifests. */
  get pods(): ReadonlyMap<string, Pod> {
    return this.#pods;
  }

  /** Reads what was put before. */
  load(): Promise<void> {
    return this.#inOrder(async () => {
      for (const file of await this.#files()) {
        const text = await this.#tryRead(`${this.#folder}/${file}`);
        if (text === undefined) continue;
        const key = file.replace(/\.yaml$/, "").replace("_", "/");
        const pods = await this.#options.reader.tryRead(text, this.#at(key));
        if (pods?.[0]) this.#pods.set(key, pods[0]);
      }
      this.#tell();
    });
  }

  /** The source whose pod has this one's name; undefined when it need not wait. */
  waitsFor(pod: Pod): string | undefined {
    return this.#options.waitsFor?.(pod);
  }

  /**
   * Takes a manifest.
   *
   * @param key `namespace/name` that it must be of; absent when it says itself
   * @returns the pod, whether the manifest is new, and whether it was taken: one that is there is only replaced when a key is given
   * @throws {Error} that says what is wrong with it
   */
  put(
    text: string,
    key?: string,
  ): Promise<{ pod: Pod; isNew: boolean; taken: boolean }> {
    return this.#inOrder(async () => {
      const { reader } = this.#options;
      const named = await this.#keyOf(text);
      if (key !== undefined && key !== named) {
        throw new Error(`The manifest is of the pod "${named}", not "${key}"`);
      }
      const [pod] = await reader.read(text, this.#at(named));
      const before = this.#pods.get(named);
      if (before && key === undefined) {
        return { pod: before, isNew: false, taken: false };
      }
      const path = this.#path(named);
      if (await this.#textOf(path) !== text) {
        await this.#host.disk.mkdir(this.#folder, { mode: 0o700 });
        await this.#host.disk.writeAtomic(path, text, { mode: FILE_MODE });
      }
      this.#pods.set(named, pod!);
      this.#tell();
      return { pod: pod!, isNew: before === undefined, taken: true };
    });
  }

  /** Takes a manifest away. @returns the pod that it named; undefined when there was none */
  remove(key: string): Promise<Pod | undefined> {
    return this.#inOrder(async () => {
      const pod = this.#pods.get(key);
      if (!pod) return undefined;
      await this.#host.disk.remove(this.#path(key));
      this.#pods.delete(key);
      this.#tell();
      return pod;
    });
  }

  #at(key: string) {
    return { source: "server", where: key } as const;
  }

  #path(key: string): string {
    return `${this.#folder}/${key.replace("/", "_")}.yaml`;
  }

  /** The name that a manifest gives itself, without the node's. */
  async #keyOf(text: string): Promise<string> {
    const [pod] = await this.#options.reader.read(text, this.#at(""));
    const { namespace, name } = pod!.metadata;
    return `${namespace}/${this.#options.reader.withoutNode(name!)}`;
  }

  /** One that cannot be read keeps neither the others from running nor the node from knowing its pods. */
  async #tryRead(path: string): Promise<string | undefined> {
    try {
      return await this.#host.disk.readText(path);
    } catch (error) {
      this.#host.log("error", "Could not read a manifest", {
        path,
        error: messageOf(error),
      });
      return undefined;
    }
  }

  async #textOf(path: string): Promise<string | undefined> {
    try {
      return await this.#host.disk.readText(path);
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return undefined;
      }
      throw error;
    }
  }

  async #files(): Promise<string[]> {
    try {
      const names = await this.#host.disk.list(this.#folder);
      return names.filter((name) => /^[^._][^_]*_[^_]+\.yaml$/.test(name));
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") return [];
      throw error;
    }
  }

  #tell(): void {
    this.#options.tell([...this.#pods.values()]);
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {}); // its caller sees the error
    return mine;
  }
}
