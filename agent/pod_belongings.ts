/**
 * What pods refer to beside their own object: ConfigMaps and Secrets, tokens, claimed volumes.
 *
 * @module
 */
import type { ConfigMap } from "../src/api/core/config_map.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Secret } from "../src/api/core/secret.ts";
import type { Host } from "../src/base/host.ts";
import type { Client } from "../src/client/client.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { PullAuth } from "./container/image_puller.ts";
import type { PodEvents } from "./container/pod_events.ts";
import type { Checkpoint, CheckpointContent } from "./node/checkpoint.ts";
import { ConfigCache } from "./pod/config_cache.ts";
import { PodTokens } from "./pod/pod_tokens.ts";
import { pullCredentials } from "./pod/pull_auth.ts";
import type { ConfigReference } from "./pod/references.ts";
import { requestToken } from "./pod/service_account_token.ts";
import type { PodCheckpoints } from "./pod_checkpoints.ts";
import { Claims } from "./volumes/claims.ts";
import { Mounts } from "./volumes/mounts.ts";

/** What {@linkcode PodBelongings} is made from. */
export interface PodBelongingsOptions {
  readonly client: Client;
  readonly view: ClusterView;
  readonly checkpoint: Checkpoint;
  readonly checkpoints: PodCheckpoints;
  readonly known: CheckpointContent;
  readonly events: PodEvents;
  /** Folder of the volumes that this node makes for claims. */
  readonly localStorage: string;
  /** Whether volumes may be mounted. @default false */
  readonly mayMount?: boolean;
  readonly isUp: () => boolean;
  /** Called when what pods refer to is another now: all that wait for it look again. */
  readonly onConfig: (uids: readonly string[]) => void;
  /** Called when a pod's token is to be replaced in its files. */
  readonly onTokenDue: (uid: string) => void;
  readonly signal: AbortSignal;
}

/** The caches behind pods' volumes, variables and pulls. The checkpoint follows them. */
export class PodBelongings {
  /** ConfigMaps and Secrets. */
  readonly config: ConfigCache;
  /** Tokens of ServiceAccounts. */
  readonly tokens: PodTokens;
  /** Volumes by claims. */
  readonly claims: Claims;
  readonly #events: PodEvents;
  readonly #checkpoints: PodCheckpoints;

  constructor(host: Host, options: PodBelongingsOptions) {
    const { client, checkpoint, checkpoints, known, signal, isUp } = options;
    this.#events = options.events;
    this.#checkpoints = checkpoints;
    this.config = new ConfigCache(host, {
      client,
      known: [
        ...known.configMaps.map((object) =>
          [referenceOf("configmaps", object), object] as const
        ),
        ...known.secrets.map((object) =>
          [referenceOf("secrets", object), object] as const
        ),
      ],
      isUp,
      onChange: (reference, object, uids) => {
        checkpoints.configChanged(reference, object);
        options.onConfig(uids);
      },
      onUnused: (reference) => checkpoints.configUnused(reference),
      signal,
    });
    this.tokens = new PodTokens(host, {
      known: known.tokens,
      request: (pod, wish) => requestToken(client, pod, { ...wish, signal }),
      save: (tokens) =>
        host.spawn("checkpoint", () => checkpoint.saveTokens(tokens)),
      onDue: options.onTokenDue,
      isUp,
      signal,
    });
    this.claims = new Claims(host, {
      client,
      known: known.claims,
      save: (claims) =>
        host.spawn("checkpoint", () => checkpoint.saveClaims(claims)),
      nodeLabels: () => options.view.nodeObject()?.metadata.labels,
      storageDir: options.localStorage,
      ...(options.mayMount && { mounts: new Mounts(host) }),
      signal,
    });
  }

  /** Credentials for an image, from the pod's secrets. */
  async pullAuth(pod: Pod, image: string): Promise<readonly PullAuth[]> {
    const { credentials, missing } = await pullCredentials(
      this.config,
      pod,
      image,
    );
    if (missing.length > 0) {
      this.#events.event(pod, {
        type: "Warning",
        reason: "FailedToRetrieveImagePullSecret",
        message: `Unable to retrieve some image pull secrets (${
          missing.join(", ")
        }); attempting to pull the image may not succeed.`,
      });
    }
    return credentials;
  }

  /** Nothing of this pod is left. */
  forget(uid: string): void {
    this.config.release(uid);
    this.tokens.forget(uid);
    this.forgetClaims(uid);
    this.#checkpoints.forget(uid);
  }

  /** This pod has no volumes by claims any more. */
  forgetClaims(uid: string): void {
    this.claims.forget(uid);
    this.#checkpoints.forgetClaims(uid);
  }
}

function referenceOf(
  kind: ConfigReference["kind"],
  object: ConfigMap | Secret,
): ConfigReference {
  return {
    kind,
    namespace: object.metadata.namespace!,
    name: object.metadata.name!,
  };
}
