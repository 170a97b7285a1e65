/**
 * Follows the ledger by one long watch that goes on after every restart of the server: it must miss nothing and be told nothing twice.
 *
 * @module
 */
import { configMaps } from "../api/core/config_map.ts";
import { isApiError } from "../api/status.ts";
import type { Host } from "../base/host.ts";
import type { Client, WatchEvent } from "../client/client.ts";
import { LEDGER_SELECTOR, valueOf } from "./ledger.ts";

const QUERY = { namespace: "default", labelSelector: LEDGER_SELECTOR } as const;

/** See the module. */
export class Observer {
  /** Events seen. */
  events = 0;
  /** What was wrong while it ran. */
  readonly violations: string[] = [];
  readonly #view = new Map<string, number>();
  #revision = 0;

  /** Watches until the server dies. */
  async follow(client: Client, host: Host): Promise<void> {
    if (this.#revision === 0) {
      const { items, resourceVersion } = await client.list(configMaps, QUERY);
      for (const item of items) {
        this.#view.set(item.metadata.name!, valueOf(item));
      }
      this.#revision = Number(resourceVersion);
    }
    for (;;) {
      try {
        const events = client.watch(configMaps, {
          ...QUERY,
          resourceVersion: String(this.#revision),
          allowBookmarks: true,
        });
        for await (const event of events) this.#see(event);
      } catch (error) {
        if (isApiError(error, "Expired")) {
          this.violations.push(
            `A watch from revision ${this.#revision} was told that it is too old`,
          );
          return;
        }
      }
      await host.clock.sleep(100);
    }
  }

  /** Compares with what is there. */
  async check(client: Client): Promise<string[]> {
    const { items } = await client.list(configMaps, QUERY);
    const text = (view: Iterable<readonly [string, number]>) =>
      [...view].map((pair) => pair.join("=")).sort().join(" ");
    const stored = text(
      items.map((item) => [item.metadata.name!, valueOf(item)]),
    );
    const seen = text(this.#view);
    if (stored === seen) return this.violations;
    return [
      ...this.violations,
      `The watch has told "${seen}", stored is "${stored}"`,
    ];
  }

  #see(event: WatchEvent<Parameters<typeof valueOf>[0]>): void {
    const { type, object } = event;
    const { name = "" } = object.metadata;
    const revision = Number(object.metadata.resourceVersion);
    const wrong = (what: string) =>
      this.violations.push(`${type} ${name} at ${revision}: ${what}`);
    if (type === "BOOKMARK") {
      if (revision < this.#revision) wrong(`behind ${this.#revision}`);
      this.#revision = revision;
      return;
    }
    this.events++;
    if (revision <= this.#revision) wrong(`not after ${this.#revision}`);
    this.#revision = revision;
    const known = this.#view.has(name);
    if (known === (type === "ADDED")) {
      wrong(known ? "is known already" : "is not known");
    }
    if (type === "DELETED") this.#view.delete(name);
    else this.#view.set(name, valueOf(object));
  }
}
