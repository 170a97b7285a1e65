/**
 * The names by which server and agents know volumes that are folders of a node.
 *
 * @module
 */
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { StorageClass } from "../storage/storage_class.ts";
import { PROVISIONED_BY } from "./claim_words.ts";

/** Who makes them. Not Rancher's name, so that a cluster may have its provisioner beside ours. */
export const LOCAL_PATH_PROVISIONER = "wherry.dev/local-path";
/** On a Node: the folder in which its agent makes them. A node that says nothing gets none. */
export const LOCAL_STORAGE_ANNOTATION = "wherry.dev/local-storage";
/** On a volume: the node that it lies on; the name that Rancher's provisioner gave it. */
export const LOCAL_PATH_NODE = "local.path.provisioner/selected-node";
/** Where an agent is asked (DELETE) to remove the folder that the parameter `path` names. */
export const LOCAL_STORAGE_PATH = "/wherry/storage";

/** The class that every cluster has from its first start, under the name that charts made for K3s ask for. */
export const LOCAL_PATH_CLASS: StorageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "local-path",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: LOCAL_PATH_PROVISIONER,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};

/** Whether a volume is a folder that our provisioner has given. */
export function isLocalPathVolume({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.[PROVISIONED_BY] === LOCAL_PATH_PROVISIONER;
}

/** Longest name of a folder that file systems take. */
const NAME_MAX = 255;

/** The last part of the folder's path: no other volume's, ever. Long names are cut. */
export function localPathFolder(
  claim: {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
  },
): string {
  return `pvc-${claim.uid}_${claim.namespace}_${claim.name}`.slice(0, NAME_MAX);
}

/** Whether a text is the name of such a folder: an agent removes nothing else. */
export function isLocalPathFolder(name: string): boolean {
  return /^pvc-[0-9a-z-]+_[0-9a-z-]+_[0-9a-z.-]+$/.test(name);
}
