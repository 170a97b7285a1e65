/**
 * Tells when containers end. Supervisors put an empty file called like the container into one folder; the kernel says when it changes.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** Watches the folder; one for all containers of a runtime. */
export class ExitWatch implements Disposable {
  readonly #host: Pick<Host, "disk" | "spawn" | "log">;
  readonly #dir: string;
  readonly #listeners = new Set<(containerId: string) => void>();
  readonly #watch: Disposable;
  #isReading = false;
  #isStale = false;

  /** @param dir the folder, which must be there */
  constructor(host: Pick<Host, "disk" | "spawn" | "log">, dir: string) {
    this.#host = host;
    this.#dir = dir;
    this.#watch = host.disk.watch(dir, () => this.#read());
    this.#read(); // those that ended while no agent was there
  }

  /** Calls back with the ids of containers that end. A hint: it may come twice. */
  on(listener: (containerId: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Tells everybody that this container has ended, however that was found out. */
  tell(containerId: string): void {
    for (const listener of [...this.#listeners]) listener(containerId);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#listeners.clear();
  }

  #read(): void {
    this.#isStale = true;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#host.spawn("read container exits", async () => {
      try {
        while (this.#isStale) {
          this.#isStale = false;
          for (const id of await this.#host.disk.list(this.#dir)) {
            await this.#host.disk.remove(`${this.#dir}/${id}`);
            this.tell(id);
          }
        }
      } catch (error) {
        this.#host.log("warn", "Container exits could not be read", {
          error: String(error),
        });
      } finally {
        this.#isReading = false;
      }
    });
  }
}
