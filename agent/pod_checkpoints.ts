/**
 * What the checkpoint keeps of the node's pods.
 *
 * @module
 */
import type { ConfigMap } from "../src/api/core/config_map.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Secret } from "../src/api/core/secret.ts";
import type { Host } from "../src/base/host.ts";
import type { Checkpoint } from "./node/checkpoint.ts";
import type { PodRecord } from "./pod/pod_record.ts";
import type { ConfigReference } from "./pod/references.ts";
import { apiTime } from "./pod/status/container_statuses.ts";

/** Tells the checkpoint of pods and of what they refer to, without anybody waiting. */
export class PodCheckpoints {
  readonly #host: Host;
  readonly #checkpoint: Checkpoint;
  readonly #record: (uid: string) => PodRecord | undefined;

  /** @param options.record the pod of this UID that is here */
  constructor(host: Host, options: {
    readonly checkpoint: Checkpoint;
    readonly record: (uid: string) => PodRecord | undefined;
  }) {
    this.#host = host;
    this.#checkpoint = options.checkpoint;
    this.#record = options.record;
  }

  /** Keeps a pod that the node has taken; others are not its yet. */
  save(pod: Pod): void {
    this.#host.spawn("checkpoint", () => this.#save(pod));
  }

  /** After a restart nothing but this tells how the pod ended, once its containers are gone. Resolves when it is on the disk. */
  async saveFinal(record: PodRecord): Promise<void> {
    await Promise.resolve(); // the reporter computes the final status in a microtask
    const { lastStatus, failure } = record;
    if (!lastStatus || record.removed || failure?.untilBoot) return;
    await this.#checkpoint.savePod({ ...record.pod, status: lastStatus });
  }

  /** Nothing of this pod is left. */
  forget(uid: string): void {
    this.#host.spawn("checkpoint", async () => {
      await this.#checkpoint.removePod(uid);
      await this.#checkpoint.removeTokens(uid);
    });
  }

  /** Nobody claims volumes for this pod any more. */
  forgetClaims(uid: string): void {
    this.#host.spawn("checkpoint", () => this.#checkpoint.removeClaims(uid));
  }

  /** What pods refer to has changed, or is gone. */
  configChanged(
    reference: ConfigReference,
    object: ConfigMap | Secret | undefined,
  ): void {
    if (!object) return this.configUnused(reference);
    this.#host.spawn(
      "checkpoint",
      () =>
        reference.kind === "secrets"
          ? this.#checkpoint.saveSecret(object)
          : this.#checkpoint.saveConfigMap(object),
    );
  }

  /** No pod refers to it any more. */
  configUnused(reference: ConfigReference): void {
    this.#host.spawn(
      "checkpoint",
      () => this.#checkpoint.removeConfig(reference.kind, reference),
    );
  }

  async #save(pod: Pod): Promise<void> {
    const record = this.#record(pod.metadata.uid!);
    // What the checkpoint names was taken by this node: the next agent does not ask again.
    if (!record?.isAdmitted) return;
    const startTime = apiTime(record.startTime); // as the API will have it: the same text is not written again
    const { lastStatus } = record;
    const status = record.ended && lastStatus
      ? lastStatus
      : { startTime, ...pod.status };
    await this.#checkpoint.savePod({ ...pod, status });
  }
}
