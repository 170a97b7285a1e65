/**
 * DefaultStorageClass and DefaultIngressClass: who names no class gets the default one.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { Ingress } from "../../api/networking/ingress.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { RowCache } from "./row_cache.ts";

const DEFAULT_STORAGE_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];
const DEFAULT_INGRESS_CLASS = [
  "ingressclass.kubernetes.io/is-default-class",
];
/** Where classes were named before there were fields for them. */
const STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** What this plugin looks at of a claim. */
interface Claim extends KubeObject {
  spec: { storageClassName?: string };
}

/** Makes the plugin for claims. */
export function defaultStorageClass(store: Store): AdmissionPlugin {
  const classes = new RowCache<KubeObject>(store);
  return {
    name: "DefaultStorageClass",
    mutate({ operation, kind, subresource, object }) {
      if (operation !== "CREATE" || subresource !== "") return;
      if (kind.storagePrefix !== "persistentvolumeclaims") return;
      const { metadata, spec } = object as Claim;
      if (metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined) {
        return;
      }
      if (spec.storageClassName !== undefined) return;
      const found = newestDefault(
        classes.list("storage/storageclasses/"),
        DEFAULT_STORAGE_CLASS,
      );
      if (found !== undefined) spec.storageClassName = found;
    },
  };
}

/** Makes the plugin for Ingresses. */
export function defaultIngressClass(store: Store): AdmissionPlugin {
  const classes = new RowCache<KubeObject>(store);
  return {
    name: "DefaultIngressClass",
    mutate({ operation, kind, subresource, object }) {
      if (operation !== "CREATE" || subresource !== "") return;
      if (kind.storagePrefix !== "networking/ingresses") return;
      const ingress = object as Ingress;
      if (ingress.spec?.ingressClassName !== undefined) return;
      if (
        ingress.metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined
      ) {
        return;
      }
      const found = newestDefault(
        classes.list("networking/ingressclasses/"),
        DEFAULT_INGRESS_CLASS,
      );
      if (found === undefined) return;
      ingress.spec = { ...ingress.spec, ingressClassName: found };
    },
  };
}

/** Of several defaults the newest counts, then the first by name. */
function newestDefault(
  classes: readonly KubeObject[],
  annotations: readonly string[],
): string | undefined {
  const [newest] = classes.filter(({ metadata }) =>
    annotations.some((name) => metadata.annotations?.[name] === "true")
  ).sort((a, b) => {
    const [left, right] = [a, b].map(({ metadata }) =>
      metadata.creationTimestamp ?? ""
    );
    // Rows come in the order of names, and sorting keeps it.
    return left === right ? 0 : left! < right! ? 1 : -1;
  });
  return newest?.metadata.name;
}
