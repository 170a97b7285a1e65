/**
 * Tokens that a node asks for: only for its own pods, and only for those whom the pod's volumes name.
 *
 * @module
 */
import type { TokenRequest } from "../../../api/authentication/token_request.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { PersistentVolume } from "../../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../api/core/persistent_volume_claim.ts";
import type { Volume } from "../../../api/core/volume.ts";
import { notFound } from "../../../api/status.ts";
import type { CSIDriver } from "../../../api/storage/csi_driver.ts";
import type { Key, Store } from "../../../store/store.ts";
import type { NodeWrite } from "./node_restriction.ts";

/** Refuses tokens that the node has no pod for. @throws {ApiError} 403, 404 when the pod is not there */
export function checkToken(
  { node, attributes, store, refuse }: NodeWrite,
): void {
  const { operation, subresource, namespace, user } = attributes;
  if (operation !== "CREATE" || subresource !== "token") return;
  const { spec } = attributes.object as TokenRequest;
  const reference = spec.boundObjectRef;
  const toPod = reference?.apiVersion === "v1" && reference.kind === "Pod" &&
    Boolean(reference.name);
  if (!toPod) throw refuse("node requested token not bound to a pod");
  if (!reference.uid) {
    throw refuse("node requested token with a pod binding without a uid");
  }
  const name = reference.name!;
  const pod = read<Pod>(store, `pods/${namespace}/${name}`);
  if (pod === undefined) throw notFound({ group: "", plural: "pods" }, name);
  if (pod.metadata.uid !== reference.uid) {
    throw refuse(
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec.nodeName !== node) {
    throw refuse(
      "node requested token bound to a pod scheduled on a different node",
    );
  }
  const audiences = spec.audiences ?? [];
  if (audiences.length > 1) {
    throw refuse("node may only request 0 or 1 audiences");
  }
  const [audience = ""] = audiences;
  if (names(store, pod, audience)) return;
  throw refuse(
    `audience ${
      JSON.stringify(audience)
    } not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
  );
}

/** Whether a pod's volumes want a token for an audience. */
function names(store: Store, pod: Pod, audience: string): boolean {
  return (pod.spec.volumes ?? []).some((volume) => {
    const own = volume.projected?.sources?.some(({ serviceAccountToken }) =>
      serviceAccountToken !== undefined &&
      (serviceAccountToken.audience ?? "") === audience
    );
    if (own === true) return true;
    const driver = driverOf(store, pod, volume);
    if (driver === undefined) return false;
    const { spec } = read<CSIDriver>(store, `storage/csidrivers/${driver}`) ??
      {};
    return spec?.tokenRequests?.some((wish) => wish.audience === audience) ===
      true;
  });
}

/** The storage driver behind a volume. */
function driverOf(
  store: Store,
  { metadata }: Pod,
  volume: Volume,
): string | undefined {
  if (volume.csi !== undefined) return volume.csi.driver;
  const claim = volume.ephemeral === undefined
    ? volume.persistentVolumeClaim?.claimName
    : `${metadata.name}-${volume.name}`;
  if (claim === undefined) return undefined;
  const bound = read<PersistentVolumeClaim>(
    store,
    `persistentvolumeclaims/${metadata.namespace}/${claim}`,
  )?.spec.volumeName;
  if (bound === undefined) return undefined;
  return read<PersistentVolume>(store, `persistentvolumes/${bound}`)?.spec.csi
    ?.driver;
}

function read<T>(store: Store, key: Key): T | undefined {
  const row = store.get(key);
  return row === undefined ? undefined : JSON.parse(row.text);
}
