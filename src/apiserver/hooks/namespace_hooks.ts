/**
 * What a namespace has from its first moment: the account that pods run as when they name none. It is written with the namespace, so that nobody who makes
 * a namespace and a pod in it has to wait for a controller in between. (The controller makes it again when somebody deletes it.)
 *
 * @module
 */
import type { Namespace } from "../../api/core/namespace.ts";
import {
  type ServiceAccount,
  serviceAccounts,
} from "../../api/core/service_account.ts";
import type { Host } from "../../base/host.ts";
import { objectKey } from "../keys.ts";
import { encodeObject, prepareMetadataForCreate } from "../metadata.ts";
import { type KindHooks, NO_PLAN } from "./kind_hooks.ts";

/** Makes the hooks. */
export function namespaceHooks(host: Host): KindHooks<Namespace> {
  return {
    finalizers: ({ spec }) => spec?.finalizers ?? [],
    deletionStarted(object) {
      object.status = { ...object.status, phase: "Terminating" };
    },
    plan({ next, previous }) {
      if (next === undefined || previous !== undefined) return NO_PLAN;
      const { name: namespace = "" } = next.metadata;
      const key = objectKey(serviceAccounts, { namespace, name: "default" });
      return {
        keys: [key],
        apply(transaction) {
          if (transaction.get(key) !== undefined) return;
          const account: ServiceAccount = {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: "default", namespace },
          };
          prepareMetadataForCreate(account.metadata, host);
          transaction.put(key, (revision) => ({
            text: encodeObject(account, revision),
          }));
        },
      };
    },
  };
}
