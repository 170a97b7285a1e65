/**
 * Serves the kinds of CustomResourceDefinitions: follows the definitions, decides on their names, and adds and removes kinds.
 *
 * ```text
 *   definition → names accepted, Established → its versions are in the registry → … → deleted: objects first → out of the registry
 * ```
 *
 * What is served follows from the stored definitions alone, so that it is the same after a restart.
 *
 * @module
 */
import {
  CUSTOM_RESOURCE_CLEANUP,
  type CustomResourceDefinition,
  customResourceDefinitions,
  hasCondition,
} from "../../api/apiextensions/custom_resource_definition.ts";
import type { CustomResourceDefinitionNames } from "../../api/apiextensions/custom_resource_definition_spec.ts";
import { customStoragePrefix } from "../../api/apiextensions/custom_kind.ts";
import { sameJson } from "../../api/equal.ts";
import { isApiError } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { Key, StoreEvent, Watcher } from "../../store/store.ts";
import { componentUser } from "../auth/user.ts";
import type { ApiServer } from "../call.ts";
import { modifyObject } from "../modify_object.ts";
import { removeObjects } from "./cleanup.ts";
import { statusOf, type UsedNames } from "./definition_status.ts";
import { ServedDefinition } from "./served_definition.ts";

/** Who writes the status of definitions. */
const SELF = componentUser("kube-apiserver");

const PREFIX = `${customResourceDefinitions.storagePrefix}/`;

/** What is remembered of a definition. */
interface DefinitionNames {
  readonly group: string;
  /** Whether all names that it asks for are its own. */
  readonly accepted: boolean;
  /** Those that are. */
  readonly names?: CustomResourceDefinitionNames;
}

/** All custom kinds of a server. */
export class CustomKinds implements Disposable {
  readonly #api: ApiServer;
  /** By the definition's name. */
  readonly #served = new Map<string, ServedDefinition>();
  /** The names of every definition, as last seen, so that none has to be read for another's sake. */
  readonly #names = new Map<string, DefinitionNames>();
  /** Ends what runs beside requests. */
  readonly #stop = new AbortController();
  /** Definitions whose objects are being removed. */
  readonly #cleaning = new Set<string>();
  #watcher: Watcher | undefined;

  constructor(api: ApiServer) {
    this.#api = api;
  }

  /** How many definitions are served. */
  get size(): number {
    return this.#served.size;
  }

  /** Adds the kinds of all stored definitions, at once, and follows the definitions from then on. */
  start(): void {
    const { store } = this.#api;
    const { rows, revision } = store.list(PREFIX);
    this.#watcher = store.watch(PREFIX, { after: revision });
    for (const row of rows) {
      const definition: CustomResourceDefinition = JSON.parse(row.text);
      this.#remember(definition);
      this.#serve(definition);
    }
    void this.#run(rows.map(({ key }) => key));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#watcher?.close();
  }

  /** One after the other: names are given in the order of the definitions. */
  async #run(first: readonly Key[]): Promise<void> {
    for (const key of first) await this.#settle(key);
    while (!this.#stop.signal.aborted) {
      // A store that fails ends everything that follows it.
      const events = await this.#watcher!.read().catch(() => "closed" as const);
      if (events === "closed") return;
      if (events === "expired") return await this.#startAgain();
      await this.#follow(events);
    }
  }

  async #startAgain(): Promise<void> {
    const { store } = this.#api;
    const { rows, revision } = store.list(PREFIX);
    this.#watcher = store.watch(PREFIX, { after: revision });
    const gone = [...this.#served.keys()].filter((name) =>
      !rows.some(({ key }) => key === PREFIX + name)
    );
    const keys = [
      ...gone.map((name) => PREFIX + name),
      ...rows.map(({ key }) => key),
    ];
    await this.#run(keys);
  }

  async #follow(events: readonly StoreEvent[]): Promise<void> {
    for (const key of new Set(events.map((event) => event.key))) {
      await this.#settle(key);
    }
  }

  /** Brings one definition's status, kinds and clean-up up to date. */
  async #settle(key: Key): Promise<void> {
    try {
      const name = key.slice(PREFIX.length);
      const definition = this.#read(key);
      if (definition === undefined) {
        const was = this.#served.get(name);
        this.#served.delete(name);
        this.#names.delete(name);
        was?.remove(this.#api);
        await this.#settleOthers(name);
        return;
      }
      const settled = await this.#decide(key, definition);
      this.#serve(settled);
      if (!sameJson(settled.status, definition.status)) {
        await this.#settleOthers(name, definition.spec.group);
      }
      this.#cleanUp(key, settled);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#api.host.log("error", "Cannot serve a custom kind", {
        definition: key.slice(PREFIX.length),
        error: String(error),
      });
    }
  }

  /** Names may have become free for others. */
  async #settleOthers(name: string, group?: string): Promise<void> {
    for (const [other, known] of [...this.#names]) {
      if (other === name || known.accepted) continue;
      if (group !== undefined && known.group !== group) continue;
      const definition = this.#read(PREFIX + other);
      if (definition === undefined) continue;
      this.#serve(await this.#decide(PREFIX + other, definition));
    }
  }

  #remember(definition: CustomResourceDefinition): void {
    const { metadata, spec, status } = definition;
    this.#names.set(metadata.name!, {
      group: spec.group,
      accepted: hasCondition(definition, "NamesAccepted"),
      ...(status?.acceptedNames === undefined
        ? {}
        : { names: status.acceptedNames }),
    });
  }

  #read(key: Key): CustomResourceDefinition | undefined {
    const row = this.#api.store.get(key);
    return row === undefined ? undefined : JSON.parse(row.text);
  }

  /** Writes the status that follows, if it is another one. */
  async #decide(
    key: Key,
    definition: CustomResourceDefinition,
  ): Promise<CustomResourceDefinition> {
    const wanted = (current: CustomResourceDefinition) =>
      statusOf(
        current,
        this.#usedNames(current),
        formatTime(this.#api.host.clock.now()),
      );
    this.#remember(definition);
    if (sameJson(wanted(definition), definition.status)) return definition;
    try {
      await this.#modify(key.slice(PREFIX.length), (current) => ({
        ...current,
        status: wanted(current),
      }));
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
    const decided = this.#read(key) ?? definition;
    this.#remember(decided);
    return decided;
  }

  #modify(
    name: string,
    change: (current: CustomResourceDefinition) => CustomResourceDefinition,
  ): Promise<string> {
    return modifyObject(this.#api, {
      kind: customResourceDefinitions,
      namespace: "",
      user: SELF,
      dryRun: false,
      warnings: [],
    }, { name, part: "status", direct: true, change });
  }

  /** Names of other definitions of the group, and of built-in kinds. */
  #usedNames(definition: CustomResourceDefinition): UsedNames {
    const { group } = definition.spec;
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const kind of this.#api.registry.all) {
      if (kind.group !== group || kind.stored !== undefined) continue;
      for (const name of [kind.plural, kind.singular, ...kind.shortNames]) {
        resources.add(name);
      }
      kinds.add(kind.kind).add(kind.listKind);
    }
    for (const [name, other] of this.#names) {
      if (other.group !== group || other.names === undefined) continue;
      if (name === definition.metadata.name) continue;
      const { plural, singular, shortNames = [], kind, listKind } = other.names;
      for (const name of [plural, singular ?? "", ...shortNames]) {
        resources.add(name);
      }
      kinds.add(kind).add(listKind ?? "");
    }
    resources.delete("");
    kinds.delete("");
    return { resources, kinds };
  }

  #serve(definition: CustomResourceDefinition): void {
    if (!hasCondition(definition, "Established")) return;
    const name = definition.metadata.name!;
    let served = this.#served.get(name);
    if (served === undefined) {
      served = new ServedDefinition();
      this.#served.set(name, served);
    }
    served.update(this.#api, definition);
  }

  #cleanUp(key: Key, definition: CustomResourceDefinition): void {
    const { deletionTimestamp, finalizers = [] } = definition.metadata;
    const wanted = deletionTimestamp !== undefined &&
      finalizers.includes(CUSTOM_RESOURCE_CLEANUP);
    if (!wanted || this.#cleaning.has(key)) return;
    this.#cleaning.add(key);
    const name = key.slice(PREFIX.length);
    removeObjects(this.#api, {
      user: SELF,
      signal: this.#stop.signal,
      definition,
      prefix: `${customStoragePrefix(definition)}/`,
      modify: (change) => this.#modify(name, change),
    }).catch((error) => {
      if (this.#stop.signal.aborted || isApiError(error, "NotFound")) return;
      this.#api.host.log("error", "Cannot remove the objects of a kind", {
        definition: name,
        error: String(error),
      });
    }).finally(() => this.#cleaning.delete(key));
  }
}
