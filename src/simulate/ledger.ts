/**
 * Writes through the API and remembers what was promised: what the server has answered must be there for ever, whatever dies afterwards.
 *
 * @module
 */
import { type ConfigMap, configMaps } from "../api/core/config_map.ts";
import { isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import type { SeededRandom } from "./seeded_random.ts";

const NAMESPACE = "default";
/** What marks the ledger's objects. */
export const LEDGER_SELECTOR = "ledger=yes";

/** What an object may be: a number that was written, or not there. */
type State = number | "absent";

/** Numbers in ConfigMaps, each with the states that it may be in: one, unless the server died before it answered. */
export class Ledger {
  /** Writes that the server has answered. */
  acked = 0;
  /** What was wrong while it ran. */
  readonly violations: string[] = [];
  readonly #possible = new Map<string, Set<State>>();
  /** Names that nobody has begun to drop. */
  readonly #live = new Set<string>();
  readonly #random: SeededRandom;
  #lastRevision = 0;
  #writes = 0;

  /** An empty ledger. @param random what it writes, and when it does what */
  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** One write: a new object, a change, a deletion, or a label that takes it out of the selection. Fails with the client. */
  async write(client: Client): Promise<void> {
    const value = ++this.#writes;
    const names = [...this.#live];
    const dice = this.#random.float();
    if (names.length === 0 || dice < 0.4) {
      return await this.#create(client, value);
    }
    const name = names[Math.floor(this.#random.float() * names.length)]!;
    if (dice < 0.8) return await this.#change(client, { name, value });
    await this.#drop(client, { name, byLabel: dice < 0.9 });
  }

  /** Compares with what is there. @returns what was lost, or came from nowhere */
  async check(client: Client): Promise<string[]> {
    const violations = [...this.violations];
    const { items } = await client.list(configMaps, {
      namespace: NAMESPACE,
      labelSelector: LEDGER_SELECTOR,
    });
    const found = new Map(
      items.map((item) => [item.metadata.name!, valueOf(item)]),
    );
    for (const [name, possible] of this.#possible) {
      const state = found.get(name) ?? "absent";
      if (possible.has(state)) continue;
      violations.push(
        `Acknowledged write lost: ConfigMap ${name} is ${state}, but may only be ${
          [...possible].join(" or ")
        }`,
      );
    }
    for (const name of found.keys()) {
      if (!this.#possible.has(name)) {
        violations.push(`ConfigMap ${name} came from nowhere`);
      }
    }
    return violations;
  }

  async #create(client: Client, value: number): Promise<void> {
    const name = `entry-${value}`;
    this.#possible.set(name, new Set<State>(["absent", value]));
    this.#live.add(name);
    const made = await client.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: NAMESPACE, labels: { ledger: "yes" } },
      data: { value: String(value) },
    });
    this.#answered(name, value, made);
  }

  async #change(
    client: Client,
    { name, value }: { name: string; value: number },
  ): Promise<void> {
    this.#possible.get(name)!.add(value);
    try {
      const made = await client.patch(configMaps, {
        name,
        namespace: NAMESPACE,
      }, { type: "merge", body: { data: { value: String(value) } } });
      this.#answered(name, value, made);
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      this.#answered(name, "absent");
    }
  }

  async #drop(
    client: Client,
    { name, byLabel }: { name: string; byLabel: boolean },
  ): Promise<void> {
    this.#possible.get(name)!.add("absent");
    // Never touched again, but remembered: it must not come back.
    this.#live.delete(name);
    const at = { name, namespace: NAMESPACE };
    try {
      if (byLabel) {
        await client.patch(configMaps, at, {
          type: "merge",
          body: { metadata: { labels: { ledger: "no" } } },
        });
      } else await client.delete(configMaps, at);
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
    this.#answered(name, "absent");
  }

  #answered(name: string, state: State, object?: ConfigMap): void {
    this.acked++;
    const possible = this.#possible.get(name)!;
    if (state === "absent" && !possible.has("absent")) {
      this.violations.push(
        `Acknowledged write lost: ConfigMap ${name} is gone`,
      );
    }
    this.#possible.set(name, new Set([state]));
    if (object === undefined) return;
    const revision = Number(object.metadata.resourceVersion);
    if (!(revision > this.#lastRevision)) {
      this.violations.push(
        `Revision ${revision} was given after ${this.#lastRevision}`,
      );
    }
    this.#lastRevision = revision;
  }
}

/** The number in an object. */
export function valueOf(object: ConfigMap): number {
  return Number(object.data?.["value"]);
}
