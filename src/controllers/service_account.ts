/**
 * {@linkcode NamespaceDefaultsReconciler}: what every namespace has from the start.
 *
 * @module
 */
import type { ConfigMap } from "../api/core/config_map.ts";
import { sameJson } from "../api/equal.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import type { Namespace } from "../api/core/namespace.ts";
import type { ServiceAccount } from "../api/core/service_account.ts";
import { isApiError } from "../api/status.ts";
import type { Client, Informer } from "../client/client.ts";
import { CONFIG_MAPS, SERVICE_ACCOUNTS } from "../client/resources.ts";
import type { Reconciler } from "../loop/reconciler.ts";
import { isNamespaceTerminating } from "./pod_control.ts";

/** The account that pods run as when they name none. */
export const DEFAULT_ACCOUNT = "default";
/** The ConfigMap by which pods know the API server's CA. */
export const ROOT_CA = "kube-root-ca.crt";
const ROOT_CA_DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. " +
  "No other usage is guaranteed across distributions of Kubernetes clusters.";

/** What a {@linkcode NamespaceDefaultsReconciler} works with. */
export interface NamespaceDefaultsParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All namespaces. */
  readonly namespaces: Informer<Namespace>;
  /** Those named {@linkcode DEFAULT_ACCOUNT}. */
  readonly accounts: Informer<ServiceAccount>;
  /** Those named {@linkcode ROOT_CA}. */
  readonly configMaps: Informer<ConfigMap>;
  /** PEM of the API server's CA; without it no ConfigMap is published. */
  readonly rootCa?: string;
}

/** Makes the default service account and publishes the CA in each namespace, and makes them again when they are gone or changed. */
export class NamespaceDefaultsReconciler implements Reconciler {
  readonly name = "namespace-defaults";
  readonly #parts: NamespaceDefaultsParts;

  /** Nothing runs until it is asked to. */
  constructor(parts: NamespaceDefaultsParts) {
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { accounts, namespaces, rootCa } = this.#parts;
    const namespace = namespaces.get(key);
    if (
      namespace === undefined || namespace.status?.phase === "Terminating" ||
      namespace.metadata.deletionTimestamp !== undefined
    ) return;
    if (accounts.get(`${key}/${DEFAULT_ACCOUNT}`) === undefined) {
      await this.#create(SERVICE_ACCOUNTS, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: DEFAULT_ACCOUNT, namespace: key },
      }, signal);
    }
    if (rootCa !== undefined) await this.#publish(key, rootCa, signal);
  }

  async #publish(
    namespace: string,
    rootCa: string,
    signal: AbortSignal,
  ): Promise<void> {
    const data = { "ca.crt": rootCa };
    const held = this.#parts.configMaps.get(`${namespace}/${ROOT_CA}`);
    if (held === undefined) {
      await this.#create(CONFIG_MAPS, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: ROOT_CA,
          namespace,
          annotations: { "kubernetes.io/description": ROOT_CA_DESCRIPTION },
        },
        data,
      }, signal);
    } else if (!sameJson(held.data, data)) {
      await this.#parts.client.update(CONFIG_MAPS, { ...held, data }, {
        signal,
      });
    }
  }

  async #create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#parts.client.create(resource, object, { signal });
    } catch (error) {
      // There already, or the namespace is on its way out: either way nothing is left to do.
      if (
        isApiError(error, "AlreadyExists") || isApiError(error, "NotFound") ||
        isNamespaceTerminating(error)
      ) return;
      throw error;
    }
  }
}
