/**
 * Which Secrets a pod may use, when its account says that only those which the account lists.
 *
 * @module
 */
import type {
  Container,
  EphemeralContainer,
} from "../../api/core/container.ts";
import type { Pod } from "../../api/core/pod.ts";

/** What an account lists. */
export interface MountableSecrets {
  /** The account's name. */
  readonly account: string;
  readonly secrets: ReadonlySet<string>;
  readonly pullSecrets: ReadonlySet<string>;
}

/** The first Secret that a pod may not use, in Kubernetes' words; undefined when there is none. */
export function forbiddenSecret(
  { spec }: Pod,
  allowed: MountableSecrets,
  { ephemeral }: { readonly ephemeral: boolean },
): string | undefined {
  const { account, secrets, pullSecrets } = allowed;
  if (ephemeral) {
    return inContainers(spec.ephemeralContainers, "ephemeral ", allowed);
  }
  const why =
    `is not allowed because service account ${account} does not reference that`;
  for (const { secret } of spec.volumes ?? []) {
    if (secret !== undefined && !secrets.has(secret.secretName ?? "")) {
      return `volume with secret.secretName="${
        secret.secretName ?? ""
      }" ${why} secret`;
    }
  }
  const found = inContainers(spec.initContainers, "init ", allowed) ??
    inContainers(spec.containers, "", allowed);
  if (found !== undefined) return found;
  const pull = spec.imagePullSecrets ?? [];
  const at = pull.findIndex(({ name = "" }) => !pullSecrets.has(name));
  if (at < 0) return undefined;
  return `imagePullSecrets[${at}].name="${
    pull[at]!.name ?? ""
  }" ${why} imagePullSecret`;
}

function inContainers(
  containers: readonly (Container | EphemeralContainer)[] | undefined,
  sort: string,
  { account, secrets }: MountableSecrets,
): string | undefined {
  const text = (where: string, secret: string) =>
    `${sort}container ${where} referencing secret.secretName="${secret}" is not allowed because service account ${account} does not reference that secret`;
  for (const { name, env = [], envFrom = [] } of containers ?? []) {
    for (const { name: variable, valueFrom } of env) {
      const secret = valueFrom?.secretKeyRef?.name;
      if (secret !== undefined && !secrets.has(secret)) {
        return text(`${name} with envVar ${variable}`, secret);
      }
    }
    for (const { secretRef } of envFrom) {
      if (secretRef !== undefined && !secrets.has(secretRef.name ?? "")) {
        return text(`${name} with envFrom`, secretRef.name ?? "");
      }
    }
  }
}
