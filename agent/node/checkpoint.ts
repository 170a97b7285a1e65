/**
 * What a node needs to start everything without its server, on its own disk.
 *
 * @module
 */
import type { ConfigMap } from "../../src/api/core/config_map.ts";
import type { EndpointSlice } from "../../src/api/discovery/endpoint_slice.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import type { Service } from "../../src/api/core/service.ts";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import { messageOf } from "../../src/base/errors.ts";
import { type Host, HostError, type Timer } from "../../src/base/host.ts";
import type { TokensOfPod } from "../pod/pod_tokens.ts";
import type { ClaimsOfPod } from "../volumes/claims.ts";

/** Facts about the node that only the API can tell. */
export interface NodeCheckpoint {
  /** This node's pods; its Node's `spec.podCIDR`. */
  readonly podCIDR?: string;
  /** All nodes' pods. */
  readonly clusterCidr?: string;
  /** Services' addresses. */
  readonly serviceCidr?: string;
}

/** Everything that a checkpoint holds. */
export interface CheckpointContent {
  readonly node: NodeCheckpoint;
  /** What was to run here; with a status only where that is final. */
  readonly pods: readonly Pod[];
  readonly configMaps: readonly ConfigMap[];
  readonly secrets: readonly Secret[];
  /** Tokens of the pods' ServiceAccounts. */
  readonly tokens: readonly TokensOfPod[];
  /** What the pods have got by their claims for volumes. */
  readonly claims: readonly ClaimsOfPod[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
}

/** Parts of a checkpoint that are one file per object. */
type ObjectPart = "pods" | "configmaps" | "secrets" | "tokens" | "claims";

/** How long, in milliseconds, changes of services and endpoints gather before they are written: they come in swarms, and a stale one is put right at the next contact. */
const GATHER_MS = 2_000;

/** Wait, in milliseconds, before what could not be written is tried again. */
const RETRY_MS = 30_000;

/**
 * One small file per pod, ConfigMap and Secret, one for a pod's tokens, one for the volumes of its claims, one for the services with their endpoints and one for the node. Each write replaces its file in one step and
 * is on the medium when it returns. Nothing is written that is there already. Secrets and tokens are sealed with the key beside the node's identity.
 *
 * Statuses and managed fields are left out: what the node does itself must not cause writes. Only a final status is kept.
 */
export class Checkpoint implements AsyncDisposable {
  readonly #host: Host;
  readonly #folder: string;
  readonly #sealKey: Uint8Array;
  /** What each file holds, by path. Content that is there is not written again. */
  readonly #held = new Map<string, string>();
  readonly #queue = new Map<string, Promise<void>>();
  /** Files that are not on the disk as they should be (it was full); tried again until they are. */
  readonly #failed = new Set<string>();
  #retry: Timer | undefined;
  #gathering:
    | { services: readonly Service[]; slices: readonly EndpointSlice[] }
    | undefined;
  /** Which services were kept last. */
  #serviceVersions = "";
  #timer: Timer | undefined;
  #writes = 0;

  constructor(
    host: Host,
    options: { readonly dataDir: string; readonly sealKey: Uint8Array },
  ) {
    this.#host = host;
    this.#folder = `${options.dataDir}/checkpoint`;
    this.#sealKey = options.sealKey;
  }

  /** How many files were written or removed since the start. */
  get writes(): number {
    return this.#writes;
  }

  /** Reads what there is. A broken file is left out and logged: the rest still starts. */
  async load(): Promise<CheckpointContent> {
    const { disk } = this.#host;
    const parts = ["pods", "configmaps", "secrets", "tokens", "claims"];
    for (const part of parts) {
      await disk.mkdir(`${this.#folder}/${part}`, { mode: 0o700 });
    }
    const network = await this.#readJson<{
      services: Service[];
      endpointSlices: EndpointSlice[];
    }>(this.#file("services.json"));
    return {
      node: await this.#readJson<NodeCheckpoint>(this.#file("node.json")) ?? {},
      pods: await this.#readAll<Pod>("pods"),
      configMaps: await this.#readAll<ConfigMap>("configmaps"),
      secrets: await this.#readAll<Secret>("secrets"),
      tokens: await this.#readAll<TokensOfPod>("tokens"),
      claims: await this.#readAll<ClaimsOfPod>("claims"),
      services: network?.services ?? [],
      endpointSlices: network?.endpointSlices ?? [],
    };
  }

  /** Keeps facts about the node. */
  async saveNode(node: NodeCheckpoint): Promise<void> {
    await this.#write(this.#file("node.json"), sortedJson(node));
  }

  /** Keeps a pod. */
  async savePod(pod: Pod): Promise<void> {
    await this.#write(
      this.#file(`pods/${pod.metadata.uid}.json`),
      sortedJson(essentialPod(pod)),
    );
  }

  /** Forgets a pod. */
  async removePod(uid: string): Promise<void> {
    await this.#remove(this.#file(`pods/${uid}.json`));
  }

  /** Keeps a ConfigMap. */
  async saveConfigMap(object: ConfigMap): Promise<void> {
    const { namespace, name } = object.metadata;
    await this.#write(
      this.#file(`configmaps/${namespace}_${name}.json`),
      sortedJson(withoutManagedFields(object)),
    );
  }

  /** Keeps a Secret, sealed. */
  async saveSecret(object: Secret): Promise<void> {
    const { namespace, name } = object.metadata;
    await this.#write(
      this.#file(`secrets/${namespace}_${name}.sealed`),
      sortedJson(withoutManagedFields(object)),
    );
  }

  /** Keeps the tokens of a pod, sealed. */
  async saveTokens(tokens: TokensOfPod): Promise<void> {
    await this.#write(
      this.#file(`tokens/${tokens.uid}.sealed`),
      sortedJson(tokens),
    );
  }

  /** Forgets the tokens of a pod. */
  async removeTokens(uid: string): Promise<void> {
    await this.#remove(this.#file(`tokens/${uid}.sealed`));
  }

  /** Keeps the volumes that a pod has got by its claims. */
  async saveClaims(claims: ClaimsOfPod): Promise<void> {
    await this.#write(
      this.#file(`claims/${claims.uid}.json`),
      sortedJson(claims),
    );
  }

  /** Forgets the volumes of a pod's claims. */
  async removeClaims(uid: string): Promise<void> {
    await this.#remove(this.#file(`claims/${uid}.json`));
  }

  /** Forgets a ConfigMap or Secret. */
  async removeConfig(
    kind: "configmaps" | "secrets",
    { namespace, name }: { namespace: string; name: string },
  ): Promise<void> {
    const end = kind === "secrets" ? "sealed" : "json";
    await this.#remove(this.#file(`${kind}/${namespace}_${name}.${end}`));
  }

  /**
   * Keeps the services and their endpoints. Another set of services is written at once: without it a power cut in the next moment would leave the node's own
   * pods without their services. Endpoints gather.
   */
  saveServices(
    services: readonly Service[],
    slices: readonly EndpointSlice[],
  ): void {
    const first = this.#gathering === undefined;
    this.#gathering = { services, slices };
    const versions = services.map(({ metadata }) =>
      `${metadata.uid} ${metadata.resourceVersion}`
    ).sort().join();
    if (versions !== this.#serviceVersions) {
      this.#serviceVersions = versions;
      this.#timer?.cancel();
      this.#host.spawn("checkpoint-services", () => this.#writeServices());
      return;
    }
    if (!first) return;
    this.#timer = this.#host.clock.after(GATHER_MS, () => {
      this.#host.spawn("checkpoint-services", () => this.#writeServices());
    });
  }

  /** Writes what still gathers, and waits until everything is on the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    await this.#writeServices();
    await Promise.all(this.#queue.values());
    this.#retry?.cancel();
  }

  async #writeServices(): Promise<void> {
    const gathered = this.#gathering;
    this.#gathering = undefined;
    if (!gathered) return;
    await this.#write(
      this.#file("services.json"),
      sortedJson({
        services: gathered.services.map(withoutManagedFields),
        endpointSlices: gathered.slices.map(withoutManagedFields),
      }),
    );
  }

  #file(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Writes to one file come one after the other, the newest last. A full disk must not stop pods: it is logged, and tried again. */
  async #write(path: string, text: string): Promise<void> {
    if (this.#held.get(path) === text) return;
    this.#held.set(path, text);
    await this.#ordered(path, () => this.#put(path, text));
  }

  async #put(path: string, text: string): Promise<void> {
    if (this.#held.get(path) !== text) return; // a newer write follows
    const bytes = encodeText(text);
    const sealed = path.endsWith(".sealed");
    this.#writes++;
    await this.#host.disk.writeAtomic(
      path,
      sealed ? this.#host.crypto.seal(this.#sealKey, bytes) : bytes,
      { mode: 0o600 },
    );
    this.#failed.delete(path);
  }

  async #remove(path: string): Promise<void> {
    if (!this.#held.delete(path)) return;
    await this.#ordered(path, () => this.#take(path));
  }

  async #take(path: string): Promise<void> {
    if (this.#held.has(path)) return; // a newer write follows
    this.#writes++;
    await this.#host.disk.remove(path);
    this.#failed.delete(path);
  }

  /** What could not be written is written later: nothing else would before its next change, and a power cut may come first. */
  #retryLater(): void {
    this.#retry ??= this.#host.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      for (const path of this.#failed) {
        this.#host.spawn("checkpoint-retry", () =>
          this.#ordered(path, () => {
            const text = this.#held.get(path);
            return text === undefined
              ? this.#take(path)
              : this.#put(path, text);
          }));
      }
    });
  }

  async #ordered(path: string, work: () => Promise<void>): Promise<void> {
    const before = this.#queue.get(path) ?? Promise.resolve();
    const mine = before.then(work).catch((error) => {
      this.#retryLater();
      if (this.#failed.has(path)) return;
      this.#failed.add(path);
      this.#host.log("error", "Could not write the checkpoint", {
        path,
        error: messageOf(error),
      });
    });
    this.#queue.set(path, mine);
    await mine;
    if (this.#queue.get(path) === mine) this.#queue.delete(path);
  }

  async #readAll<T>(part: ObjectPart): Promise<T[]> {
    const found: T[] = [];
    for (const name of await this.#host.disk.list(this.#file(part))) {
      if (!name.endsWith(".json") && !name.endsWith(".sealed")) continue;
      const object = await this.#readJson<T>(this.#file(`${part}/${name}`));
      if (object) found.push(object);
    }
    return found;
  }

  async #readJson<T>(path: string): Promise<T | undefined> {
    try {
      const bytes = await this.#host.disk.read(path);
      const text = decodeText(
        path.endsWith(".sealed")
          ? this.#host.crypto.open(this.#sealKey, bytes)
          : bytes,
      );
      const value = JSON.parse(text) as T;
      this.#held.set(path, text);
      return value;
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return undefined;
      }
      this.#host.log("error", "Could not read a file of the checkpoint", {
        path,
        error: messageOf(error),
      });
      return undefined;
    }
  }
}

/** JSON with sorted members: a server may send the same object in another order, and that is no change. */
function sortedJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, member) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.fromEntries(
          Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
        : member,
  );
}

/** The pod without what changes all the time. */
function essentialPod(pod: Pod): Pod {
  const { status } = pod;
  const final = status?.phase === "Succeeded" || status?.phase === "Failed";
  const { resourceVersion: _version, ...metadata } =
    withoutManagedFields(pod).metadata;
  return {
    ...pod,
    metadata,
    ...(status && {
      status: final ? status : {
        ...(status.startTime && { startTime: status.startTime }),
        ...(status.qosClass && { qosClass: status.qosClass }),
      },
    }),
  };
}

function withoutManagedFields<T extends { metadata: object }>(object: T): T {
  const { managedFields: _fields, ...metadata } = object.metadata as {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}
