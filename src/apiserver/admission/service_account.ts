/**
 * ServiceAccount: a pod runs as an account that there is, with the account's pull secrets and a token of its own.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { ServiceAccount } from "../../api/core/service_account.ts";
import type { Host } from "../../base/host.ts";
import type { Store } from "../../store/store.ts";
import { MIRROR_ANNOTATION, references } from "../auth/node_authorizer.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";
import { forbiddenSecret, type MountableSecrets } from "./mountable_secrets.ts";
import { RowCache } from "./row_cache.ts";
import { mountToken } from "./token_volume.ts";

/** Says that the account's pods may use only the Secrets that the account lists. */
const ENFORCE_ANNOTATION = "kubernetes.io/enforce-mountable-secrets";
/** What Go's `strconv.ParseBool` takes for true. */
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];

/** What the plugin needs. */
export interface ServiceAccountParts {
  readonly host: Host;
  readonly store: Store;
  /** Whether pods get a token's volume. */
  readonly mountTokens: boolean;
}

/** Makes the plugin. */
export function serviceAccount(
  { host, store, mountTokens }: ServiceAccountParts,
): AdmissionPlugin {
  const accounts = new RowCache<ServiceAccount>(store);
  const accountOf = (attributes: AdmissionAttributes): ServiceAccount => {
    const { namespace } = attributes;
    const { serviceAccountName: name = "" } = (attributes.object as Pod).spec;
    const account = accounts.get(`serviceaccounts/${namespace}/${name}`);
    if (account !== undefined) return account;
    throw refusal(
      attributes,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    );
  };
  return {
    name: "ServiceAccount",
    mutate(attributes) {
      if (!concerns(attributes) || attributes.operation !== "CREATE") return;
      const pod = attributes.object as Pod;
      if (isMirror(pod)) return checkMirror(attributes, pod);
      const { spec } = pod;
      spec.serviceAccountName ||= "default";
      // The old name of the same field; both are always told.
      spec.serviceAccount = spec.serviceAccountName;
      const account = accountOf(attributes);
      const wantsToken = spec.automountServiceAccountToken ??
        account.automountServiceAccountToken ?? true;
      if (mountTokens && wantsToken) mountToken(pod, host);
      const pullSecrets = account.imagePullSecrets ?? [];
      if (!spec.imagePullSecrets?.length && pullSecrets.length > 0) {
        spec.imagePullSecrets = pullSecrets.map((secret) => ({ ...secret }));
      }
    },
    validate(attributes) {
      if (!concerns(attributes)) return;
      const pod = attributes.object as Pod;
      const { operation, namespace, subresource } = attributes;
      const ephemeral = operation === "UPDATE" &&
        subresource === "ephemeralcontainers";
      if (!ephemeral && (operation !== "CREATE" || subresource !== "")) return;
      if (!ephemeral && isMirror(pod)) return checkMirror(attributes, pod);
      if (!pod.spec.serviceAccountName) {
        throw refusal(
          attributes,
          `no service account specified for pod ${namespace}/${pod.metadata.name}`,
        );
      }
      const account = accountOf(attributes);
      const wish = account.metadata.annotations?.[ENFORCE_ANNOTATION] ?? "";
      if (!TRUE.includes(wish)) return;
      const why = forbiddenSecret(pod, mountableOf(account), { ephemeral });
      if (why !== undefined) throw refusal(attributes, why);
    },
  };
}

function concerns({ kind, subresource, object }: AdmissionAttributes): boolean {
  return kind.storagePrefix === "pods" && object !== undefined &&
    (subresource === "" || subresource === "ephemeralcontainers");
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

/** A node makes mirror pods: it must not come to rights by them. @throws {ApiError} 403 */
function checkMirror(attributes: AdmissionAttributes, pod: Pod): void {
  if (pod.spec.serviceAccountName) {
    throw refusal(
      attributes,
      "a mirror pod may not reference service accounts",
    );
  }
  if (references(pod, "secrets").size > 0) {
    throw refusal(attributes, "a mirror pod may not reference secrets");
  }
  const token = pod.spec.volumes?.some(({ projected }) =>
    projected?.sources?.some((source) =>
      source.serviceAccountToken !== undefined
    )
  );
  if (token === true) {
    throw refusal(
      attributes,
      "a mirror pod may not use ServiceAccountToken volume projections",
    );
  }
}

function mountableOf(account: ServiceAccount): MountableSecrets {
  const names = (list: readonly { name?: string }[] | undefined) =>
    new Set((list ?? []).map(({ name = "" }) => name));
  return {
    account: account.metadata.name ?? "",
    secrets: names(account.secrets),
    pullSecrets: names(account.imagePullSecrets),
  };
}
